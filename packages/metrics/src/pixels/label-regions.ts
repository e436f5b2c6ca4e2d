import { MintError } from '@mint/internal';
import { countImages, type ImageSize } from '../checks.js';

/** Pixels belong together when they share an edge (4), or an edge or a corner (8). */
export type Connectivity = 4 | 8;

/** Result of {@link labelRegions}. */
export interface Regions {
  /** `[N·H·W]`: 0 for normal pixels, else the number of the pixel's region. */
  readonly labels: Int32Array;
  /** Number of regions. */
  readonly count: number;
}

/**
 * Numbers the connected regions of each image of a mask stack from 1, in the order of their first pixels. Regions
 * never span two images.
 *
 * @param masks - `[N·H·W]` row-major; 0 is normal, all else anomalous.
 * @param size - Size of every image.
 * @param connectivity - Which neighbours belong to one region. @defaultValue 8
 * @throws MintError `SHAPE_MISMATCH` when the mask is not a stack of images of `size`; `INVALID_ARGUMENT` for another
 * connectivity.
 *
 * @example
 * ```ts
 * import { labelRegions } from '@mint/metrics';
 *
 * const mask = [1, 0, 0, 0, 1, 0, 0, 0, 1]; // 3x3, a diagonal
 * const size = { width: 3, height: 3 };
 * console.log(labelRegions(mask, size).count, labelRegions(mask, size, 4).count); // 1 3
 * ```
 */
export function labelRegions(
  masks: ArrayLike<number>,
  size: ImageSize,
  connectivity: Connectivity = 8,
): Regions {
  countImages('labelRegions', masks.length, size);
  if (connectivity !== 4 && connectivity !== 8) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `labelRegions: \`connectivity\` must be 4 or 8, got ${connectivity}.`,
    );
  }
  const { width, height } = size;
  const labels = new Int32Array(masks.length);
  const stack: number[] = [];
  let count = 0;
  for (let seed = 0; seed < masks.length; seed++) {
    if (masks[seed] === 0 || labels[seed] !== 0) continue;
    count++;
    labels[seed] = count;
    stack.push(seed);
    for (let pixel = stack.pop(); pixel !== undefined; pixel = stack.pop()) {
      const x = pixel % width;
      const y = Math.floor(pixel / width) % height;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (connectivity === 4 && dx !== 0 && dy !== 0) continue;
          if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
          const neighbour = pixel + dy * width + dx;
          if (masks[neighbour] === 0 || labels[neighbour] !== 0) continue;
          labels[neighbour] = count;
          stack.push(neighbour);
        }
      }
    }
  }
  return { labels, count };
}
