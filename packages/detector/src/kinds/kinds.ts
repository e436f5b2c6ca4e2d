import type { Params, WeightSpecs } from '@mint/internal/tfjs';
import type * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import { GAUSSIAN_KIND } from './gaussian.js';
import { MEMORY_KIND } from './memory.js';
import type { ForwardOptions, ForwardResult, ModelKind } from './model-kind.js';
import { MINT_AD_KIND, UNIAD_KIND } from './network.js';

/** Every kind of model by its name in `DetectorConfig.model`: the one place that lists them. */
const MODEL_KINDS: Readonly<Record<DetectorConfig['model'], ModelKind>> = {
  'mint-ad': MINT_AD_KIND,
  uniad: UNIAD_KIND,
  gaussian: GAUSSIAN_KIND,
  memory: MEMORY_KIND,
};

/** Values of `DetectorConfig.model`. */
export const MODEL_NAMES = Object.keys(MODEL_KINDS) as readonly DetectorConfig['model'][];

/**
 * What kind of model a configuration names.
 *
 * @example
 * ```ts
 * import { MODEL_NAMES, modelKind } from '@mint/detector';
 *
 * console.log(MODEL_NAMES.filter((model) => modelKind({ model }).recognisesClasses)); // [ 'mint-ad', 'gaussian', 'memory' ]
 * ```
 */
export const modelKind = ({ model }: Pick<DetectorConfig, 'model'>): ModelKind => MODEL_KINDS[model];

/**
 * Every weight of the model that is trained or measured (none of the frozen backbone), with its initialisation.
 *
 * See the example of {@link forward}.
 */
export const networkSpecs = (config: DetectorConfig): WeightSpecs => modelKind(config).specs(config);

/**
 * The whole model on frozen features. For a network: classifier, prompt, class-aware queries, reconstruction; classifier and
 * targets see the clean features, only the transformer's input is jittered.
 *
 * @param params - Weights by the names of {@link networkSpecs}.
 * @param tokens - `[B, N, C]` float32, clean features, scaled as `featureScaling` says.
 *
 * @example
 * ```ts
 * import { forward, MintDetector, networkSpecs, PAPER_CONFIG } from '@mint/detector';
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const config = {
 *   ...PAPER_CONFIG,
 *   classes: ['bolt', 'nut'],
 *   backbone: { kind: 'scattering' },
 *   input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
 *   grid: [8, 8],
 *   network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
 * } as const;
 * const { network } = MintDetector.create(config).toState();
 * console.log(Object.keys(network).length === Object.keys(networkSpecs(config)).length); // true
 * const params = Object.fromEntries(
 *   Object.entries(network).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
 * );
 * const { reconstruction, posterior } = forward(params, config, tf.zeros([3, 64, 147]));
 * console.log(reconstruction.shape, posterior?.shape); // [ 3, 64, 147 ] [ 3, 2 ]
 * ```
 */
export const forward = (
  params: Params,
  config: DetectorConfig,
  tokens: tf.Tensor3D,
  options: ForwardOptions = {},
): ForwardResult => modelKind(config).forward(params, config, tokens, options);
