import { assertAugmentable, batches, type ImageBatch, type Preprocessing, type Sample } from '@mint/data';
import type { DetectorConfig, MintDetector } from '@mint/detector';
import { assertPositiveInt, MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import * as tf from '@tensorflow/tfjs-core';
import { planTilesOf } from '../tile-memory.js';
import { FeatureCache, type FeatureCacheOptions } from './feature-cache.js';
import {
  type Augmentation,
  inputsOf,
  type NetworkInput,
  withDefects,
  withVariants,
} from './network-inputs.js';

/** What one training sample is made of: an image, a tile or a variant of one, whose features are in the cache. */
export interface CachedSample {
  /** The image; `anomalous` when a made-up defect is on it. */
  readonly sample: Sample;
  /** SHA-256 of the image. */
  readonly contentHash: string;
  /** SHA-256 under which the features are cached: of the image, or of that and what was made of it. */
  readonly key: string;
}

/** Images of one batch with their features, unscaled. */
export interface FeatureBatch extends ImageBatch {
  /** `[B, rows, cols, C]` flat; of a large image `[tiles, rows, cols, C]`, in the order of `grid`. */
  readonly features: Float32Array;
}

type InputBatch = FeatureBatch & { readonly inputs: readonly NetworkInput[] };

/** Options of reading images and computing their features. */
export interface ExtractOptions {
  /** Images at once in the network; how many tiles of a large one is `planTilesOf`'s to say. @defaultValue 8 */
  readonly batchSize?: number | undefined;
  /** Called with the number of images done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** An image that cannot be read is reported here and left out; without it the error is thrown. */
  readonly onError?: ((error: MintError, sample: Sample) => void) | undefined;
}

/**
 * How a detector's images are prepared: its input configuration without `mean` and `std`.
 *
 * See the example of {@link featureBatches}.
 */
export function preprocessingOf({ input }: DetectorConfig): Preprocessing {
  const { mean: _mean, std: _std, ...preprocessing } = input;
  return preprocessing;
}

/** Raised when decoding, resizing or a backbone gives other numbers than before: older features then do not count. */
const FEATURES_VERSION = 2;

/**
 * The cache of a detector's features: its fingerprint covers preprocessing, backbone, backbone weights, the kind of
 * numbers stored and what computes, whose last digits differ from another's.
 *
 * See the example of {@link featureBatches}.
 *
 * @param options - `device`: what computes, where the backend in use does not tell (`onnx` has several providers).
 */
export function featureCacheOf(
  folder: string,
  detector: MintDetector,
  {
    device = tf.getBackend(),
    ...options
  }: FeatureCacheOptions & { readonly device?: string | undefined } = {},
): FeatureCache {
  const { config, backbone } = detector.toState();
  const fingerprint = JSON.stringify({
    version: FEATURES_VERSION,
    input: config.input,
    backbone: config.backbone,
    grid: config.grid,
    weights: backboneHash(backbone),
    device,
  });
  return new FeatureCache(folder, fingerprint, options);
}

/** SHA-256 over names, shapes and values of the backbone's weights. */
export function backboneHash(weights: ReturnType<MintDetector['toState']>['backbone']): string {
  const parts = Object.entries(weights)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { shape, data }]) => [
      `${name}[${shape}]`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]);
  return sha256(...parts);
}

/** Variants of training images to bring into the cache. */
export interface VariantOptions {
  /** Changed copies of each image or tile. Default: none. */
  readonly augment?: Augmentation | undefined;
  /** Copies with a made-up defect (`syntheticAnomaly`), behind each image or tile; to judge by, not to learn. @defaultValue 0 */
  readonly defects?: number | undefined;
  /** Seed of variants and defects. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/**
 * Reads images in order and gives each batch with its features, from the cache where they are there,
 * computed and stored where not. At the end, also an early one, the cache is on disk.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { cacheFeatures, featureBatches, featureCacheOf, preprocessingOf } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8] });
 * console.log(preprocessingOf(detector.config)); // { width: 64, height: 64, filter: 'bilinear' }
 * const cache = featureCacheOf('feature-cache', detector, { dtype: 'f16' });
 * const normals = samples.filter(({ split }) => split === 'train');
 * const cached = await cacheFeatures(detector, cache, normals, { augment: { copies: 2, mirror: true } });
 * console.log(cached.length); // 24
 * for await (const { features } of featureBatches(detector, cache, normals)) {
 *   console.log(features.length); // 75264
 * }
 * ```
 */
export function featureBatches(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
  options: ExtractOptions = {},
): AsyncGenerator<FeatureBatch> {
  return inputBatches(detector, cache, samples, options);
}

async function* inputBatches(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
  { batchSize = 8, onProgress, onError, augment, defects = 0, seed = 0 }: ExtractOptions & VariantOptions,
): AsyncGenerator<InputBatch> {
  let done = 0;
  const preprocessing = preprocessingOf(detector.config);
  if (augment !== undefined) {
    assertPositiveInt('cacheFeatures', 'augment.copies', augment.copies);
    assertAugmentable(augment, preprocessing);
  }
  const skipped = (error: MintError, sample: Sample) => {
    done += 1;
    onError?.(error, sample);
  };
  const stream = batches(samples, {
    batchSize,
    preprocessing,
    ...(onError === undefined ? {} : { onError: skipped }),
  });
  try {
    for await (const batch of stream) {
      const own = inputsOf(batch, preprocessing);
      const inputs = withDefects(
        augment === undefined ? own : withVariants(own, augment, seed, preprocessing),
        defects,
        seed,
        preprocessing,
      );
      const atOnce = batch.grid === undefined ? batchSize : planTilesOf(detector, batch.grid).batchSize;
      const features = await cachedFeatures(detector, cache, inputs, atOnce);
      done += batch.samples.length;
      onProgress?.(done);
      yield { ...batch, features, inputs };
    }
  } finally {
    await cache.flush();
  }
}

/**
 * Brings all samples into the cache, with `augment` their variants and with `defects` their spoiled copies too.
 *
 * See the example of {@link featureBatches}.
 *
 * @returns One entry an image, or a tile of a large one, and one a variant or copy.
 */
export async function cacheFeatures(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
  options: ExtractOptions & VariantOptions = {},
): Promise<CachedSample[]> {
  const cached: CachedSample[] = [];
  for await (const batch of inputBatches(detector, cache, samples, options)) {
    for (const { key, image, spoiled } of batch.inputs) {
      const shown = batch.samples[image] as Sample;
      const sample: Sample = spoiled ? { ...shown, label: 'anomalous' } : shown;
      cached.push({ sample, contentHash: batch.hashes[image] ?? '', key });
    }
  }
  return cached;
}

/** Features of cached images, one after the other. */
export async function readFeatures(
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<Float32Array> {
  const { features, missing } = await cache.read(samples.map(({ key }) => key));
  const [gone] = missing;
  if (gone === undefined) return features;
  throw new MintError(
    'NOT_FOUND',
    `${samples[gone]?.sample.id}: its features have gone from the cache or are damaged; run again to compute them anew.`,
  );
}

/** Features of `inputs`, one after the other; what is missing is computed `atOnce` by `atOnce` and stored. */
async function cachedFeatures(
  detector: MintDetector,
  cache: FeatureCache,
  inputs: readonly NetworkInput[],
  atOnce: number,
): Promise<Float32Array> {
  const stored = await cache.read(inputs.map(({ key }) => key));
  const missing = new Set(stored.missing);
  let { features } = stored;
  for (let at = 0; at < inputs.length; at += atOnce) {
    const part = inputs.slice(at, at + atOnce);
    // All of a part or nothing: the last digits can depend on how many are computed together.
    if (!part.some((_, i) => missing.has(at + i))) continue;
    const { values, shape } = await computeFeatures(
      detector,
      part.map(({ pixels }) => pixels()),
    );
    const size = values.length / part.length;
    if (features.length === 0) features = new Float32Array(inputs.length * size);
    for (const [i, { key }] of part.entries()) {
      if (!missing.has(at + i)) continue;
      const kept = await cache.write(key, values.subarray(i * size, (i + 1) * size), shape);
      features.set(kept, (at + i) * size);
    }
  }
  return features;
}

/**
 * Features of images at input size, computed.
 *
 * @returns `values`: one image after the other; `shape`: `[rows, cols, C]` of each.
 */
export async function computeFeatures(
  detector: MintDetector,
  images: readonly Uint8Array[],
): Promise<{ readonly values: Float32Array; readonly shape: readonly number[] }> {
  const { width, height } = detector.config.input;
  const pixels = new Uint8Array(images.length * width * height * 3);
  images.forEach((image, i) => {
    pixels.set(image, i * width * height * 3);
  });
  const batch = tf.tensor4d(pixels, [images.length, height, width, 3], 'int32');
  const computed = detector.features(batch);
  const [, ...shape] = computed.shape;
  try {
    return { values: await computed.data<'float32'>(), shape };
  } finally {
    tf.dispose([batch, computed]);
  }
}
