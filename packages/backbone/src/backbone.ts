import { MintError, type SafetensorsFile, type TypedTensor } from '@mint/internal';
import type { Params, WeightSpecs } from '@mint/internal/tfjs';
import type * as tf from '@tensorflow/tfjs-core';
import type { BackboneDefinition, BackboneTraits, JsonField, WeightsOutline } from './definition.js';
import { efficientnet } from './efficientnet/efficientnet.js';
import { joinedBackbones } from './joined.js';
import { decodeWeightsFile } from './port/weights-file.js';
import { resnet } from './resnet/resnet.js';
import { scattering } from './scattering.js';
import { vit } from './vit/vit.js';

/** The backbones of this package, one line each. */
const BUILT_IN = { efficientnet, resnet, scattering, vit };

type BuiltInKinds = {
  [K in keyof typeof BUILT_IN]: (typeof BUILT_IN)[K] extends BackboneDefinition<infer Config>
    ? Config
    : never;
};

/**
 * Settings of each kind of backbone. Add a kind of your own by declaration merging, and its definition with
 * {@link registerBackbone}.
 */
export interface BackboneKinds extends BuiltInKinds {
  /** Several backbones in one model. */
  readonly joined: JoinedConfig;
}

/** Several backbones that see the same images; their feature maps stand one behind the other. See {@link joinWeights}. */
export interface JoinedConfig {
  /** Two to eight, none of them joined itself. */
  readonly parts: readonly BackboneConfig[];
}

/** The name of a backbone, such as `'efficientnet'`. */
export type BackboneKind = keyof BackboneKinds;

/** A kind of backbone and its settings. Plain JSON. */
export type BackboneConfig<K extends BackboneKind = BackboneKind> = {
  readonly [P in K]: {
    /** Which backbone. */
    readonly kind: P;
  } & BackboneKinds[P];
}[K];

/** What is known about a backbone before any weight is loaded. */
export interface BackboneInfo extends BackboneTraits {
  /** Sum of `channels`: the width of the aligned features. */
  readonly totalChannels: number;
}

type Definitions = { [K in BackboneKind]?: BackboneDefinition<BackboneKinds[K]> };

const BACKBONES: Definitions = {
  ...BUILT_IN,
  joined: joinedBackbones<BackboneConfig>({
    info: backboneInfo,
    specs: backboneSpecs,
    features: backboneFeatures,
    parse: parseBackbone,
  }),
};

/**
 * Makes a backbone of your own known to all packages: detectors with it train, save, load, predict and export like any
 * other. Register it before a model that uses it is loaded.
 *
 * @param kind - Its name in `config.backbone` and in `model.json`; see {@link BackboneKinds}.
 * @throws MintError `INVALID_ARGUMENT` when the name is taken.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { backboneFeatures, registerBackbone } from '@mint/backbone';
 *
 * declare module '@mint/backbone' {
 *   interface BackboneKinds {
 *     average: { readonly side: number };
 *   }
 * }
 * registerBackbone('average', {
 *   info: ({ side }) => ({
 *     channels: [3],
 *     strides: [side],
 *     inputMultiple: side,
 *     bytesPerPixel: 12,
 *     normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
 *   }),
 *   specs: () => ({}), // no weights
 *   features: (_params, { side }, images) => [tf.avgPool(images, side, side, 'valid')],
 *   parse: (fields) => ({ side: fields.get('side').int(1, 64) }),
 * });
 * const [map] = backboneFeatures({}, { kind: 'average', side: 8 }, tf.zeros([1, 32, 32, 3]));
 * console.log(map?.shape); // [ 1, 4, 4, 3 ]
 * ```
 */
export function registerBackbone<K extends BackboneKind>(
  kind: K,
  definition: BackboneDefinition<BackboneKinds[K]>,
): void {
  if (Object.hasOwn(BACKBONES, kind)) {
    throw new MintError('INVALID_ARGUMENT', `registerBackbone: there already is a backbone '${kind}'.`);
  }
  Object.assign(BACKBONES, { [kind]: definition });
}

/** Names of all registered backbones. */
const kinds = (): BackboneKind[] => (Object.keys(BACKBONES) as BackboneKind[]).sort();

function definitionOf<K extends BackboneKind>(kind: K): BackboneDefinition<BackboneKinds[K]> {
  const definition = Object.hasOwn(BACKBONES, kind) ? BACKBONES[kind] : undefined;
  if (definition === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `there is no backbone '${kind}'; expected one of ${kinds().join(', ')}. Add your own with registerBackbone.`,
    );
  }
  return definition;
}

/**
 * Channels and strides of a backbone's maps, and what it asks of its input, before any weight is loaded.
 *
 * @throws MintError `INVALID_ARGUMENT` for an unknown kind or a setting out of range.
 *
 * @example
 * ```ts
 * import { backboneInfo } from '@mint/backbone';
 *
 * const { channels, strides, totalChannels } = backboneInfo({
 *   kind: 'efficientnet',
 *   variant: 'b4',
 *   blocks: [1, 5, 9, 21],
 *   padding: 'static',
 * });
 * console.log(channels, strides, totalChannels); // [ 24, 32, 56, 160 ] [ 2, 4, 8, 16 ] 272
 * ```
 */
export function backboneInfo<K extends BackboneKind>(config: BackboneConfig<K>): BackboneInfo {
  const traits = definitionOf(config.kind).info(config);
  return { ...traits, totalChannels: traits.channels.reduce((sum, count) => sum + count, 0) };
}

/**
 * Every weight of a backbone, for `initParams` and `setWeights`; empty where it has none.
 *
 * @throws MintError as {@link backboneInfo}.
 *
 * @example
 * ```ts
 * import { backboneSpecs } from '@mint/backbone';
 *
 * console.log(Object.keys(backboneSpecs({ kind: 'scattering' })).length); // 0
 * const b0 = backboneSpecs({ kind: 'efficientnet', variant: 'b0', blocks: [2], padding: 'same' });
 * console.log(b0['stem/kernel']?.shape); // [ 3, 3, 3, 32 ]
 * ```
 */
export function backboneSpecs<K extends BackboneKind>(config: BackboneConfig<K>): WeightSpecs {
  return definitionOf(config.kind).specs(config);
}

/**
 * Feature maps of normalised images `[B, H, W, 3]`, one for each entry of {@link backboneInfo}.
 *
 * @param params - Weights by the names of {@link backboneSpecs}.
 * @param images - float32; see {@link normaliseImages}. H and W are multiples of `backboneInfo(config).inputMultiple`.
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range, `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { backboneFeatures, normaliseImages } from '@mint/backbone';
 *
 * const images = normaliseImages(tf.fill([2, 64, 64, 3], 127) as tf.Tensor4D);
 * const maps = backboneFeatures({}, { kind: 'scattering' }, images);
 * console.log(maps.map(({ shape }) => shape.join('x'))); // [ '2x4x4x3', '2x4x4x48', '2x4x4x96' ]
 * ```
 */
export function backboneFeatures<K extends BackboneKind>(
  params: Params,
  config: BackboneConfig<K>,
  images: tf.Tensor4D,
): tf.Tensor4D[] {
  return definitionOf(config.kind).features(params, config, images);
}

/**
 * Weights of a backbone from a downloaded file.
 *
 * @param file - A whole `.safetensors` file, or its tensors.
 * @param name - How messages refer to the file.
 * @returns Weights by the names of {@link backboneSpecs}; {@link toTensors} makes tensors of them.
 * @throws MintError `MISSING_WEIGHT`, `SHAPE_MISMATCH` or `CORRUPT_FILE`, naming file and tensor; `INVALID_ARGUMENT` for a
 * backbone without weights and for a PyTorch pickle.
 *
 * See the example of {@link recogniseBackbone}.
 */
export function readBackboneWeights<K extends BackboneKind>(
  file: Uint8Array | SafetensorsFile,
  config: BackboneConfig<K>,
  name: string,
): Record<string, TypedTensor> {
  const { readWeights } = definitionOf(config.kind);
  if (readWeights === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${name}: the backbone '${config.kind}' has no weights; leave the file out or choose another backbone.`,
    );
  }
  return readWeights(tensorsOf(file, name), config, name);
}

const tensorsOf = (file: Uint8Array | SafetensorsFile, name: string): SafetensorsFile =>
  'tensors' in file ? file : decodeWeightsFile(file, name);

/** What {@link recogniseBackbone} finds in a file. */
export interface FoundBackbone {
  /** Settings that fit the file, with our choice of feature maps. */
  readonly backbone: BackboneConfig;
  /** The network in words. */
  readonly title: string;
  /** The licence, where the file's metadata names it. */
  readonly licence: string | undefined;
}

/**
 * Which backbone a downloaded file holds, from the names and shapes of its tensors.
 *
 * @param file - A whole `.safetensors` file, or its tensors.
 * @param name - How messages refer to the file.
 * @throws MintError `INVALID_ARGUMENT` when it is none that is known, with what is known and what was found.
 *
 * @example
 * ```ts no-run
 * import { readFileSync } from 'node:fs';
 * import { readBackboneWeights, recogniseBackbone } from '@mint/backbone';
 *
 * const file = readFileSync('model.safetensors');
 * const { backbone, title } = recogniseBackbone(file, 'model.safetensors');
 * console.log(title); // vision transformer (DINOv2), patches of 14 pixels, 12 blocks, 384 channels, 4 registers
 * const weights = readBackboneWeights(file, backbone, 'model.safetensors');
 * ```
 */
export function recogniseBackbone(file: Uint8Array | SafetensorsFile, name: string): FoundBackbone {
  const { tensors, metadata } = tensorsOf(file, name);
  const shapes = new Map(Object.entries(tensors).map(([key, { shape }]) => [key, shape]));
  for (const kind of kinds()) {
    const found = recogniseAs(kind, { shapes, metadata });
    if (found !== undefined) return { ...found, licence: metadata.license ?? metadata.licence };
  }
  const some = [...shapes.keys()].slice(0, 4).join(', ');
  throw new MintError(
    'INVALID_ARGUMENT',
    `${name}: holds no backbone that is known. Known are EfficientNets (timm, lukemelas), ResNets (timm, torchvision) and ` +
      `vision transformers (timm, Hugging Face, DINOv2, DINOv3); its tensors are called ${some}, …`,
  );
}

function recogniseAs<K extends BackboneKind>(kind: K, outline: WeightsOutline) {
  const found = definitionOf(kind).recognise?.(outline);
  return found && { backbone: { kind, ...found.config } as BackboneConfig<K>, title: found.title };
}

/**
 * The `backbone` of a `model.json`.
 *
 * @throws MintError `CORRUPT_FILE` for an unknown kind or a setting out of range, naming the field.
 */
export function parseBackbone(field: JsonField): BackboneConfig {
  return parseAs(field.get('kind').oneOf(...kinds()), field);
}

function parseAs<K extends BackboneKind>(kind: K, field: JsonField): BackboneConfig<K> {
  return { kind, ...definitionOf(kind).parse(field) };
}
