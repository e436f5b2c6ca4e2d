import { backboneInfo, efficientNetSpecs } from '@mint/backbone';
import { decodeSafetensors, encodeSafetensors, MintError, oneLine, type TypedTensor } from '@mint/internal';
import { prefixed, subParams, type WeightSpecs } from '@mint/internal/tfjs';
import type { AddedClass } from './added-classes.js';
import type { ClassStats } from './class-stats.js';
import type { DetectorConfig } from './config.js';
import type { ImageSets } from './image-sets.js';
import {
  type Calibration,
  calibrationToJson,
  type ModelJson,
  type Provenance,
  parseModelJson,
  writeImages,
} from './model-json.js';
import { networkSpecs } from './network.js';

/** The format this version writes. Readers refuse a higher one. */
const FORMAT_VERSION = 1;

/** Of weights that come from a server: several times those of EfficientNet-B7. */
const MAX_WEIGHT_BYTES = 2 ** 31;
/** More than name, shape and place of a tensor take in the header. */
const MAX_ENTRY_BYTES = 1024;

/** A detector as plain data: what a model folder holds. */
export interface DetectorState {
  /** Everything but weights and measured numbers. */
  readonly config: DetectorConfig;
  /** Frozen weights of the backbone; none for the scattering one. */
  readonly backbone: Readonly<Record<string, TypedTensor>>;
  /** Trained weights of the network, by the names of `networkSpecs`. */
  readonly network: Readonly<Record<string, TypedTensor>>;
  /** `[C]`: mean of each feature channel over the training images. */
  readonly featureMean: Float32Array;
  /** `[C]`: its deviation, more than 0. */
  readonly featureStd: Float32Array;
  /**
   * See `whiteningMatrix`: `[C·C]` with `config.map` = `'whitened'`, `[K·C·C]` for the trained classes with `'whitened-by-class'`,
   * absent with `'distance'`.
   */
  readonly whitening?: Float32Array;
  /** Where the classes lie; without it no image is found to be of an unknown class. */
  readonly classStats?: ClassStats;
  /** The last classes of `config.classes`, in their order: those that were added after training. */
  readonly added?: readonly AddedClass[];
  /** Scores of held-out images and the limits that follow from them. */
  readonly calibration?: Calibration;
  /** Where the model comes from. */
  readonly provenance?: Provenance;
  /** Which images it has met. */
  readonly images?: ImageSets;
}

/**
 * Shapes of all tensors of `model.safetensors`. Added classes have tensors of their own: those of the trained detector are
 * the same bytes before and after.
 */
function fileSpecs(
  all: DetectorConfig,
  addedClasses: number,
  classStats: boolean,
): Record<string, readonly number[]> {
  const config = trainedConfig(all, addedClasses);
  const backbone: WeightSpecs =
    config.backbone.kind === 'efficientnet' ? efficientNetSpecs(config.backbone) : {};
  const channels = backboneInfo(config.backbone).totalChannels;
  const shapes = { ...prefixed('backbone/', backbone), ...prefixed('network/', networkSpecs(config)) };
  return {
    ...Object.fromEntries(Object.entries(shapes).map(([name, { shape }]) => [name, shape])),
    'features/mean': [channels],
    'features/std': [channels],
    ...(config.map === 'distance' ? {} : { 'residual/whitening': whiteningShape(config, channels) }),
    ...Object.assign(
      {},
      ...Array.from({ length: addedClasses }, (_, i) => ({
        [`added/${i}/embedding`]: [config.queries.embedding],
        [`added/${i}/mean`]: [channels],
        ...(config.map === 'distance' ? {} : { [`added/${i}/whitening`]: [channels, channels] }),
      })),
    ),
    ...(classStats ? { 'classes/means': [config.classes.length, channels], 'classes/std': [channels] } : {}),
  };
}

/** The configuration of a detector as it was trained, before classes were added. */
export const trainedConfig = (config: DetectorConfig, addedClasses: number): DetectorConfig => ({
  ...config,
  classes: config.classes.slice(0, config.classes.length - addedClasses),
});

/** Shape of {@link DetectorState.whitening}. @param config - With the trained classes alone. */
export const whiteningShape = (
  { map, classes }: Pick<DetectorConfig, 'map' | 'classes'>,
  channels: number,
) => (map === 'whitened-by-class' ? [classes.length, channels, channels] : [channels, channels]);

/** {@link fileSpecs} of a configuration from a file, whose fields are sound one by one but may not fit together. */
function specsOf(file: string, ...args: Parameters<typeof fileSpecs>): ReturnType<typeof fileSpecs> {
  try {
    return fileSpecs(...args);
  } catch (error) {
    if (!MintError.isInstance(error)) throw error;
    throw new MintError('CORRUPT_FILE', `${file}: ${error.message}`, { cause: error });
  }
}

/** The two files of a model folder. `hash` gives the lower-case hexadecimal SHA-256 of bytes. */
export function encodeModel(
  state: DetectorState,
  hash: (bytes: Uint8Array) => string,
): { json: string; weights: Uint8Array } {
  const { config, calibration, provenance, images, whitening, classStats, added = [], featureMean } = state;
  const channels = featureMean.length;
  const vector = (data: Float32Array) => ({ shape: [data.length], data });
  const square = (data: Float32Array) => ({ shape: [channels, channels], data });
  const trained = trainedConfig(config, added.length);
  const weights = encodeSafetensors(
    {
      ...prefixed('backbone/', state.backbone),
      ...prefixed('network/', state.network),
      'features/mean': vector(featureMean),
      'features/std': vector(state.featureStd),
      ...(whitening && {
        'residual/whitening': { shape: whiteningShape(trained, channels), data: whitening },
      }),
      ...(classStats && {
        'classes/means': { shape: [trained.classes.length, channels], data: classStats.means },
        'classes/std': vector(classStats.std),
      }),
      ...Object.assign(
        {},
        ...added.map(({ embedding, mean, whitening }, i) =>
          prefixed(`added/${i}/`, {
            embedding: vector(embedding),
            mean: vector(mean),
            ...(whitening && { whitening: square(whitening) }),
          }),
        ),
      ),
    },
    { format: 'mint-model' },
  );
  const json = {
    format: 'mint-model',
    version: FORMAT_VERSION,
    config,
    ...(added.length === 0 ? {} : { addedClasses: added.length }),
    ...(calibration === undefined ? {} : { calibration: calibrationToJson(calibration) }),
    ...(provenance === undefined ? {} : { provenance }),
    ...(images === undefined ? {} : { pictures: writeImages(images) }),
    weights: { file: 'model.safetensors', sha256: hash(weights) },
  };
  return { json: `${foldLists(JSON.stringify(json, null, 2))}\n`, weights };
}

/** Puts each list of numbers on one line. A text cannot match: JSON escapes its line breaks. */
const foldLists = (json: string): string =>
  json.replaceAll(/\[\n[-\d.e+,\s]*\]/g, (list) => list.replaceAll(/\s+/g, ' '));

/**
 * Reads what {@link encodeModel} wrote. Every length is bounded by the files' own size; nothing is executed.
 *
 * @param name - How messages call the folder.
 * @throws MintError `CORRUPT_FILE` or `UNSUPPORTED_VERSION`, naming the file and the field or tensor.
 */
export function decodeModel(
  name: string,
  json: string,
  weights: Uint8Array,
  hash: (bytes: Uint8Array) => string,
): DetectorState {
  return decodeWeights(name, decodeDescription(name, json), weights, hash(weights));
}

/** The first half of {@link decodeModel}: the content of `model.json`. */
export function decodeDescription(name: string, json: string): ModelJson {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (error) {
    throw new MintError('CORRUPT_FILE', `${name}/model.json: not JSON: ${oneLine(error)}.`, { cause: error });
  }
  return parseModelJson(content, `${name}/model.json`, FORMAT_VERSION);
}

/** Bytes that no `model.safetensors` of this description exceeds. */
export function weightsLimit(name: string, { config, addedClasses }: ModelJson): number {
  const specs = specsOf(`${name}/model.json`, config, addedClasses, true);
  const bytes = Object.values(specs).map((shape) => 4 * shape.reduce((size, side) => size * side, 1));
  const all = bytes.reduce((sum, size) => sum + size + MAX_ENTRY_BYTES, MAX_ENTRY_BYTES);
  return Math.min(MAX_WEIGHT_BYTES, all);
}

/** The second half of {@link decodeModel}. `actual` is the SHA-256 of `weights`. */
export function decodeWeights(
  name: string,
  { config, addedClasses, calibration, provenance, images, sha256 }: ModelJson,
  weights: Uint8Array,
  actual: string,
): DetectorState {
  const file = `${name}/model.safetensors`;
  if (actual !== sha256) {
    throw new MintError(
      'CORRUPT_FILE',
      `${file}: its SHA-256 is ${actual}, model.json says ${sha256}; copy the folder again.`,
    );
  }
  const { tensors } = decodeSafetensors(weights, file);
  // Without statistics no image would ever be taken for an added class.
  const classStats = addedClasses > 0 || tensors['classes/means'] !== undefined;
  const specs = specsOf(`${name}/model.json`, config, addedClasses, classStats);
  for (const [tensor, shape] of Object.entries(specs)) {
    const got = tensors[tensor];
    if (got === undefined || !(got.data instanceof Float32Array) || got.shape.join() !== shape.join()) {
      const found = got === undefined ? 'it is missing' : `it is ${got.data.constructor.name} [${got.shape}]`;
      throw new MintError(
        'CORRUPT_FILE',
        `${file}: tensor '${tensor}' must be float32 [${shape}], but ${found}.`,
      );
    }
    if (!got.data.every(Number.isFinite))
      throw new MintError('CORRUPT_FILE', `${file}: tensor '${tensor}' holds values that are not finite.`);
  }
  const extra = Object.keys(tensors).find((tensor) => !Object.hasOwn(specs, tensor));
  if (extra !== undefined) throw new MintError('CORRUPT_FILE', `${file}: unexpected tensor '${extra}'.`);
  const vector = (key: string) => Float32Array.from(tensors[key]?.data ?? []);
  const added = Array.from(
    { length: addedClasses },
    (_, i): AddedClass => ({
      embedding: vector(`added/${i}/embedding`),
      mean: vector(`added/${i}/mean`),
      ...(config.map === 'distance' ? {} : { whitening: vector(`added/${i}/whitening`) }),
    }),
  );
  return {
    config,
    backbone: subParams(tensors, 'backbone/'),
    network: subParams(tensors, 'network/'),
    featureMean: vector('features/mean'),
    featureStd: vector('features/std'),
    ...(config.map === 'distance' ? {} : { whitening: vector('residual/whitening') }),
    ...(classStats ? { classStats: { means: vector('classes/means'), std: vector('classes/std') } } : {}),
    ...(added.length === 0 ? {} : { added }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(provenance === undefined ? {} : { provenance }),
    ...(images === undefined ? {} : { images }),
  };
}
