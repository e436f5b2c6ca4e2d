import { describePreprocessing } from '@mint/data';
import { type DetectorConfig, modelKind, PAPER_CONFIG } from '@mint/detector';
import { MintError } from '@mint/internal';
import {
  inputFor,
  multiScale,
  PRESETS,
  PROTOCOLS,
  type ProtocolSettings,
  type TrainConfig,
} from '@mint/trainer';
import type { ConfigFile } from './config-file.js';
import type { TrainFlags } from './flags.js';

/** All settings of a training run. */
export type TrainSettings = TrainFlags & ConfigFile;

/**
 * Merges flags and configuration file: a flag that was given wins over the file, and the file over a flag's default.
 *
 * @param flags - All flags, defaults among them.
 * @param isGiven - Whether a flag was given.
 */
export function laidOver<T extends object>(
  flags: T,
  file: ConfigFile,
  isGiven: (name: string) => boolean,
): T & ConfigFile {
  const given = Object.fromEntries(Object.entries(flags).filter(([name]) => isGiven(name)));
  return { ...flags, ...file, ...given };
}

/** A configuration file without its backbone: a flag names another one. */
export const withoutBackbone = ({ backbone: _, weights: __, ...rest }: ConfigFile): ConfigFile => rest;

/**
 * The review rate.
 *
 * @throws MintError `INVALID_ARGUMENT` unless it is above the false-alarm rate.
 */
export function reviewAlphaOf({
  alpha,
  review,
}: Pick<TrainSettings, 'alpha' | 'review'>): number | undefined {
  if (review === undefined || review > alpha) return review;
  throw new MintError(
    'INVALID_ARGUMENT',
    `--review must be above --alpha, which is ${alpha}; got ${review}.`,
  );
}

/** The training: the preset's, then the file's, then the flags'. */
export function trainConfigOf({
  preset,
  train,
  seed,
  epochs,
  batchSize,
  learningRate,
  augment,
}: TrainSettings): TrainConfig {
  return {
    ...PRESETS[preset].train,
    ...train,
    seed,
    ...defined({ epochs, batchSize, learningRate, augment }),
  };
}

/** The detector: UniAD's, then the preset's, then the file's, then the flags'. */
export function detectorConfigOf(
  settings: TrainSettings,
  classes: readonly string[],
  backbone: DetectorConfig['backbone'],
  input: DetectorConfig['input'],
): DetectorConfig {
  const { train: _, ...preset } = PRESETS[settings.preset];
  const { network, queries, ...detector } = settings.detector ?? {};
  const { model, seed } = settings;
  const fitted = inputFor(backbone, input);
  return {
    ...PAPER_CONFIG,
    ...preset,
    map:
      !modelKind({ model }).recognisesClasses && preset.map.startsWith('whitened-by-class')
        ? 'whitened'
        : preset.map,
    ...detector,
    network: { ...preset.network, ...network },
    queries: { ...PAPER_CONFIG.queries, ...queries },
    ...fitted,
    ...(settings.multiScale && multiScaleOf(settings, backbone, fitted)),
    model,
    classes,
    backbone,
    precision: settings.precision,
    seed,
  };
}

/**
 * Grid and scales of maps at several scales.
 *
 * @throws MintError `INVALID_ARGUMENT` for models that would take too long on so many tokens.
 */
function multiScaleOf(
  { model }: Pick<TrainSettings, 'model'>,
  ...fitted: Parameters<typeof multiScale>
): ReturnType<typeof multiScale> {
  if (model === 'gaussian') return multiScale(...fitted);
  throw new MintError(
    'INVALID_ARGUMENT',
    `--multi-scale is for --model gaussian, got --model ${model}: the grid has four times as many tokens, on which a network or a memory takes more than ten times as long.`,
  );
}

/**
 * The input that a protocol prescribes, or that the settings ask for.
 *
 * @throws MintError `INVALID_ARGUMENT` when both do.
 */
export function inputOf({
  protocol: name,
  input: side,
  tiles,
  jpegDraft,
}: TrainSettings): DetectorConfig['input'] {
  const { input: prescribed }: ProtocolSettings = PROTOCOLS[name];
  const [asked] = Object.entries({ '--input': side, '--tiles': tiles, '--jpeg-draft': jpegDraft }).flatMap(
    ([flag, value]) => (value === undefined ? [] : [flag]),
  );
  if (prescribed !== undefined && asked !== undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `--protocol ${name}: prescribes how images are prepared (${describePreprocessing(prescribed)}); leave out ${asked}, or the protocol.`,
    );
  }
  return {
    ...PAPER_CONFIG.input,
    ...prescribed,
    ...defined({ width: side, height: side, tiles, jpegDraft }),
  };
}

/** Whether nothing says which input size to take. Tiles are cut from large images whatever their size. */
export const followsImages = ({ protocol, input, tiles }: TrainSettings): boolean => {
  const { input: prescribed }: ProtocolSettings = PROTOCOLS[protocol];
  return prescribed === undefined && input === undefined && tiles === undefined;
};

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The settings that have a value, to be laid over others. */
const defined = <T extends object>(settings: T): Defined<T> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Defined<T>;
