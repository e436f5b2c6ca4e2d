import { sha256 } from '@mint/internal/node';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';

/** `[N·C]`: the mean feature of images at each place. @param images - At least one. */
export async function usualPlaces(
  cache: FeatureCache,
  images: readonly CachedSample[],
): Promise<Float32Array> {
  let sums = new Float64Array();
  for (const image of images) {
    const features = await readFeatures(cache, [image]);
    if (sums.length === 0) sums = new Float64Array(features.length);
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (features[i] as number);
  }
  return Float32Array.from(sums, (sum) => sum / images.length);
}

/**
 * An image with what is usual in place of some of its tokens; in the cache, it has a key of its own.
 *
 * @param isOut - `[N]`: the tokens that do not count.
 * @param usual - From {@link usualPlaces}.
 */
export async function withUsual(
  cache: FeatureCache,
  image: CachedSample,
  isOut: readonly boolean[],
  usual: Float32Array,
): Promise<CachedSample> {
  const features = await readFeatures(cache, [image]);
  const channels = features.length / isOut.length;
  isOut.forEach((out, token) => {
    const [from, to] = [token * channels, (token + 1) * channels];
    if (out) features.set(usual.subarray(from, to), from);
  });
  const bytes = new Uint8Array(features.buffer, features.byteOffset, features.byteLength);
  const key = sha256(`${image.key} usual `, bytes);
  await cache.write(key, features, [isOut.length, channels]);
  return { ...image, key };
}
