import { assertAugmentable, batches, type ImageBatch, type Sample } from '@mint/data';
import {
  type Interests,
  isSameLook,
  type Look,
  lookOf,
  type MintDetector,
  planTilesOf,
  preprocessingOf,
} from '@mint/detector';
import { assertPositiveInt, type MintError } from '@mint/internal';
import { type CachedSample, cachedFeatures } from './cached-features.js';
import type { FeatureCache } from './feature-cache.js';
import {
  type Augmentation,
  type NetworkInput,
  seenInputs,
  withSyntheticAnomalies,
  withVariants,
} from './network-inputs.js';

/** Images of one batch with their features, unscaled. */
export interface FeatureBatch extends ImageBatch {
  /**
   * `[B, rows, cols, C]` flat; of a large image `[tiles, rows, cols, C]`, in the order of `grid`. Where the detector replaces pixels,
   * each image is looked at as its own class is.
   */
  readonly features: Float32Array;
  /** The own region of interest of each image; undefined where it has none. */
  readonly interests: Interests;
  /** Features of the same images, looked at otherwise; from the cache, or computed and stored. */
  readonly seen: (looks: readonly (Look | undefined)[]) => Promise<Float32Array>;
}

type InputBatch = FeatureBatch & { readonly inputs: readonly NetworkInput[] };

/** Options of reading images and computing their features. */
export interface ExtractOptions {
  /** Images in the network at once; how many tiles of a large image is up to `planTilesOf`. @defaultValue 8 */
  readonly batchSize?: number | undefined;
  /** Called with the number of images done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** An image that cannot be read is reported here and left out; without it the error is thrown. */
  readonly onError?: ((error: MintError, sample: Sample) => void) | undefined;
}

/** Variants of training images to bring into the cache. */
export interface VariantOptions {
  /** Changed copies of each image or tile. Default: none. */
  readonly augment?: Augmentation | undefined;
  /**
   * Copies of each image or tile with a synthetic anomaly (`syntheticAnomaly`); for validation, not for training.
   * @defaultValue 0
   */
  readonly syntheticAnomalies?: number | undefined;
  /** Seed of variants and anomalies. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/**
 * Reads images in order and yields each batch with its features. Features that the cache lacks are computed and stored. At
 * the end, even an early one, the cache is on disk.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { MintDetector, PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { cacheFeatures, featureBatches, featureCacheOf } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const { samples, classes } = proceduralDataset({ trainPerClass: 2, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const detector = MintDetector.create({ ...PAPER_CONFIG, classes, input, backbone: { kind: 'scattering' }, grid: [8, 8] });
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

/**
 * Brings images into the cache, with their variants and copies with synthetic anomalies.
 *
 * See the example of {@link featureBatches}.
 *
 * @returns One entry per image, or per tile of a large one, and one per variant or copy.
 */
export async function cacheFeatures(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
  options: ExtractOptions & VariantOptions = {},
): Promise<CachedSample[]> {
  const cached: CachedSample[] = [];
  for await (const batch of inputBatches(detector, cache, samples, options)) {
    for (const { key, image, isAnomalous } of batch.inputs) {
      const shown = batch.samples[image] as Sample;
      const sample: Sample = isAnomalous ? { ...shown, label: 'anomalous' } : shown;
      cached.push({ sample, contentHash: batch.hashes[image] ?? '', key });
    }
  }
  return cached;
}

async function* inputBatches(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
  { batchSize = 8, onProgress, onError, ...variants }: ExtractOptions & VariantOptions,
): AsyncGenerator<InputBatch> {
  const preprocessing = preprocessingOf(detector.config);
  if (variants.augment !== undefined) {
    assertPositiveInt('cacheFeatures', 'augment.copies', variants.augment.copies);
    assertAugmentable(variants.augment, preprocessing);
  }
  let done = 0;
  const leftOut = (error: MintError, sample: Sample) => {
    done += 1;
    onError?.(error, sample);
  };
  const stream = batches(samples, { batchSize, preprocessing, onError: onError && leftOut });
  try {
    for await (const batch of stream) {
      const atOnce = batch.grid === undefined ? batchSize : planTilesOf(detector, batch.grid).batchSize;
      const inputsFor = (looks: readonly (Look | undefined)[]) =>
        seenInputs(batch, preprocessing, looks, (inputs) => variantsOf(inputs, variants, preprocessing));
      const interests = batch.samples.map(({ interest }) => interest);
      const usual = batch.samples.map(({ className, interest }) => lookOf(detector, className, interest));
      const inputs = inputsFor(usual);
      const features = await cachedFeatures(detector, cache, inputs, atOnce);
      const seen = async (looks: readonly (Look | undefined)[]) =>
        looks.every((look, i) => isSameLook(look, usual[i]))
          ? features
          : cachedFeatures(detector, cache, inputsFor(looks), atOnce);
      done += batch.samples.length;
      onProgress?.(done);
      yield { ...batch, features, interests, seen, inputs };
    }
  } finally {
    await cache.flush();
  }
}

/** Inputs, and behind each of them what is made of it. */
function variantsOf(
  inputs: readonly NetworkInput[],
  { augment, syntheticAnomalies = 0, seed = 0 }: VariantOptions,
  size: ReturnType<typeof preprocessingOf>,
): NetworkInput[] {
  const changed = augment === undefined ? inputs : withVariants(inputs, augment, seed, size);
  return withSyntheticAnomalies(changed, syntheticAnomalies, seed, size);
}
