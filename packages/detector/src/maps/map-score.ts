import type { Size } from '@mint/image';
import type { DetectorConfig } from '../config.js';
import { POOL } from './anomaly-map.js';

/**
 * `imageScore` of one map in memory, with sums in float64. A map of twelve megapixels takes a fraction of a second, while a
 * backend averages 256 values for each of its pixels.
 *
 * @param map - `[height, width]` row-major.
 */
export function mapScore(map: Float32Array, size: Size, kind: DetectorConfig['score']): number {
  if (kind === 'max') return Math.fround(largestPooled(map, size));
  const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
  if (kind === 'mean') return Math.fround(mean);
  return Math.fround(Math.sqrt(map.reduce((sum, value) => sum + (value - mean) ** 2, 0) / map.length));
}

/** The largest mean over a window of 16 x 16 pixels, or of the map's own size where that is smaller. */
function largestPooled(map: Float32Array, { width, height }: Size): number {
  const [across, down] = [Math.min(POOL, width), Math.min(POOL, height)];
  // Sums of the last `down` rows, column by column.
  const columns = new Float64Array(width);
  let largest = Number.NEGATIVE_INFINITY;
  for (let y = 0; y < height; y++) {
    const [row, gone] = [y * width, (y - down) * width];
    for (let x = 0; x < width; x++) {
      const left = y < down ? 0 : (map[gone + x] as number);
      columns[x] = (columns[x] as number) + (map[row + x] as number) - left;
    }
    if (y < down - 1) continue;
    let sum = 0;
    for (let x = 0; x < width; x++) {
      sum += columns[x] as number;
      if (x >= across) sum -= columns[x - across] as number;
      if (x >= across - 1 && sum > largest) largest = sum;
    }
  }
  return largest / (across * down);
}
