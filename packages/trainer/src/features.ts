import { batches, type ImageBatch, type Preprocessing, type Sample } from '@mint/data';
import type { DetectorConfig, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import * as tf from '@tensorflow/tfjs-core';
import { FeatureCache, type FeatureCacheOptions } from './feature-cache.js';

/** A picture whose features are in the cache. */
export interface CachedSample {
  readonly sample: Sample;
  /** SHA-256 of the picture. */
  readonly contentHash: string;
}

/** Pictures of one batch with their features, unscaled, `[B, rows, cols, C]` flat. */
export interface FeatureBatch extends ImageBatch {
  readonly features: Float32Array;
}

export interface ExtractOptions {
  readonly batchSize?: number;
  /** Called with the number of pictures done so far. */
  readonly onProgress?: (done: number) => void;
  /** A picture that cannot be read is reported here and left out; without it the error is thrown. */
  readonly onError?: (error: MintError, sample: Sample) => void;
}

export function preprocessingOf({ input }: DetectorConfig): Preprocessing {
  const { mean: _mean, std: _std, ...preprocessing } = input;
  return preprocessing;
}

/** Raised when decoding, resizing or a backbone gives other numbers than before: older features then do not count. */
const FEATURES_VERSION = 2;

/**
 * The cache of a detector's features: its fingerprint covers preprocessing, backbone, backbone weights, the kind of
 * numbers stored and the TensorFlow.js backend in use, whose last digits differ from another's.
 */
export function featureCacheOf(
  folder: string,
  detector: MintDetector,
  options: FeatureCacheOptions = {},
): FeatureCache {
  const { config, backbone } = detector.toState();
  const fingerprint = JSON.stringify({
    version: FEATURES_VERSION,
    input: config.input,
    backbone: config.backbone,
    grid: config.grid,
    weights: backboneHash(backbone),
    device: tf.getBackend(),
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

/**
 * Reads pictures in order and gives each batch with its features, from the cache where they are there,
 * computed and stored where not. At the end, also an early one, the cache is on disk.
 */
export async function* featureBatches(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
  { batchSize = 8, onProgress, onError }: ExtractOptions = {},
): AsyncGenerator<FeatureBatch> {
  let done = 0;
  const skipped = (error: MintError, sample: Sample) => {
    done += 1;
    onError?.(error, sample);
  };
  const stream = batches(samples, {
    batchSize,
    preprocessing: preprocessingOf(detector.config),
    ...(onError === undefined ? {} : { onError: skipped }),
  });
  try {
    for await (const batch of stream) {
      const features = await batchFeatures(detector, cache, batch);
      done += batch.samples.length;
      onProgress?.(done);
      yield { ...batch, features };
    }
  } finally {
    await cache.flush();
  }
}

/** Brings all samples into the cache. */
export async function cacheFeatures(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
  options: ExtractOptions & { readonly onFeatures?: (features: Float32Array) => void } = {},
): Promise<CachedSample[]> {
  const cached: CachedSample[] = [];
  for await (const batch of featureBatches(detector, cache, samples, options)) {
    options.onFeatures?.(batch.features);
    batch.samples.forEach((sample, i) => {
      cached.push({ sample, contentHash: batch.hashes[i] ?? '' });
    });
  }
  return cached;
}

/** Features of cached pictures, one after the other. */
export async function readFeatures(
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<Float32Array> {
  const { features, missing } = await cache.read(samples.map(({ contentHash }) => contentHash));
  const [gone] = missing;
  if (gone === undefined) return features;
  throw new MintError(
    'NOT_FOUND',
    `${samples[gone]?.sample.id}: its features have gone from the cache or are damaged; run again to compute them anew.`,
  );
}

async function batchFeatures(
  detector: MintDetector,
  cache: FeatureCache,
  batch: ImageBatch,
): Promise<Float32Array> {
  const stored = await cache.read(batch.hashes);
  if (stored.missing.length === 0) return stored.features;
  const images = tf.tensor4d(batch.images, [...batch.shape], 'int32');
  const computed = detector.features(images);
  const [, ...shape] = computed.shape;
  const all = await computed.data<'float32'>();
  tf.dispose([images, computed]);
  const size = all.length / batch.samples.length;
  const features = stored.features.length === 0 ? new Float32Array(all.length) : stored.features;
  for (const i of stored.missing) {
    const kept = await cache.write(batch.hashes[i] ?? '', all.subarray(i * size, (i + 1) * size), shape);
    features.set(kept, i * size);
  }
  return features;
}
