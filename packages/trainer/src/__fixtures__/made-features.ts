import { Random } from '@mint/internal';
import { sha256 } from '@mint/internal/node';
import type { FeatureCache } from '../features/feature-cache.js';

export const SHAPE = [13, 29] as const;

export const imageHash = (image: number): string => sha256(`picture ${image}`);

/** Features that tell which image they belong to. */
export function madeFeatures(image: number): Float32Array {
  const random = new Random(image);
  return Float32Array.from({ length: SHAPE[0] * SHAPE[1] }, () => 8 * random.uniform() - 4);
}

/** The features of each image, undefined where they are missing. */
export async function readEach(
  cache: FeatureCache,
  contentHashes: readonly string[],
): Promise<(Float32Array | undefined)[]> {
  const { features, missing } = await cache.read(contentHashes);
  const size = features.length / contentHashes.length;
  return contentHashes.map((_, i) =>
    missing.includes(i) ? undefined : features.slice(i * size, (i + 1) * size),
  );
}
