import { backboneInfo, backboneSpecs } from '@mint/backbone';
import { assertPreprocessing } from '@mint/image';
import { MintError, type TypedTensor } from '@mint/internal';
import { drawWeights } from '@mint/internal/tfjs';
import type { DetectorConfig } from './config.js';
import type { FeatureStats } from './features.js';
import { halfBackbone } from './half-backbone.js';
import { modelKind, networkSpecs } from './kinds/kinds.js';
import { assertScales } from './maps/scales.js';
import type { DetectorState } from './state.js';

/** Options of `MintDetector.create`. */
export interface CreateOptions {
  /** Weights of the backbone, from `readBackboneWeights` of `@mint/backbone`. Default: none, for a backbone without weights. */
  readonly backbone?: Readonly<Record<string, TypedTensor>> | undefined;
  /** Rounds the weights of the backbone to float16; see `halfBackbone`. @defaultValue false */
  readonly half?: boolean | undefined;
  /** Statistics of the training features; needed when `featureScaling` is `'standardise'`. */
  readonly featureStats?: FeatureStats | undefined;
}

/** The state of a new, untrained detector; see `MintDetector.create`. */
export function initialState(
  config: DetectorConfig,
  { backbone = {}, half = false, featureStats }: CreateOptions,
): DetectorState {
  assertConfig(config);
  const missing = Object.keys(backboneSpecs(config.backbone)).find((name) => backbone[name] === undefined);
  if (missing !== undefined) {
    throw new MintError(
      'MISSING_WEIGHT',
      `MintDetector.create: backbone weight '${missing}' is missing; pass the result of readBackboneWeights of @mint/backbone.`,
    );
  }
  const channels = backboneInfo(config.backbone).totalChannels;
  return {
    config,
    ...(half ? halfBackbone({ backbone }) : { backbone }),
    network: drawWeights(networkSpecs(config), config.seed),
    featureMean: featureStats?.mean ?? new Float32Array(channels),
    featureStd: featureStats?.std ?? new Float32Array(channels).fill(1),
  };
}

function assertConfig(config: DetectorConfig): void {
  const { classes, input, backbone, model, map } = config;
  const refuse = (message: string): never => {
    throw new MintError('INVALID_ARGUMENT', `MintDetector.create: ${message}`);
  };
  if (classes.length === 0 || new Set(classes).size !== classes.length)
    refuse(`\`classes\` must be a non-empty list without repeats, got [${classes.join(', ')}].`);
  assertPreprocessing(input, 'MintDetector.create: `input`');
  const { inputMultiple } = backboneInfo(backbone);
  const uneven = [input.width, input.height].find((side) => side % inputMultiple !== 0);
  if (uneven !== undefined) {
    refuse(
      `\`input.width\` and \`input.height\` must be multiples of ${inputMultiple} for the backbone '${backbone.kind}', got ${uneven}.`,
    );
  }
  const { title, recognisesClasses } = modelKind({ model });
  if (!recognisesClasses && map.startsWith('whitened-by-class'))
    refuse(`${title} knows no classes; give \`map: 'whitened'\` instead of '${map}'.`);
  assertScales(config, 'MintDetector.create');
}
