import type { Sample } from '@mint/data';
import { computeFeatures, type MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import type { FeatureCache } from './feature-cache.js';
import type { NetworkInput } from './network-inputs.js';

/** A training sample whose features are in the cache: an image, a tile of one, or a variant of either. */
export interface CachedSample {
  /** The image; `anomalous` when it has a synthetic anomaly. */
  readonly sample: Sample;
  /** SHA-256 of the image. */
  readonly contentHash: string;
  /** SHA-256 under which the features are cached: that of the image, or of the image and what was done with it. */
  readonly key: string;
}

/**
 * Features of cached samples, one after the other.
 *
 * @throws MintError `NOT_FOUND` when some are no longer in the cache.
 */
export async function readFeatures(
  cache: FeatureCache,
  samples: readonly CachedSample[],
): Promise<Float32Array> {
  const { features, missing } = await cache.read(samples.map(({ key }) => key));
  const [gone] = missing;
  if (gone === undefined) return features;
  throw new MintError(
    'NOT_FOUND',
    `${samples[gone]?.sample.id}: its features are no longer in the cache, or are damaged; run again to compute them.`,
  );
}

/**
 * Features of inputs, one after the other, from the cache; missing ones are computed and stored.
 *
 * @param atOnce - How many inputs the network gets at once.
 */
export async function cachedFeatures(
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
    const pixels = part.map((input) => input.pixels());
    const { values, shape } = await computeFeatures(detector, pixels);
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

/** `count` of the items, evenly chosen from the list. */
export const evenlyChosen = <T>(items: readonly T[], count: number): T[] =>
  Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)] as T);
