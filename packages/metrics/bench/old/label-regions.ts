import { type ImageSize, countPictures } from './checks.js';

/** Pixels that touch by an edge, or by an edge or a corner. */
export type Connectivity = 4 | 8;

/**
 * Numbers the connected regions of each picture of a mask stack, from 1; regions never span two pictures.
 *
 * @param masks - `[N·H·W]` row-major, 0 normal, all else anomalous.
 * @returns `labels` of the same length, 0 for normal pixels; `areas[r]` pixels of region r, with `areas[0]` unused.
 */
export function labelRegions(
  masks: ArrayLike<number>,
  size: ImageSize,
  connectivity: Connectivity = 8,
): { labels: Uint32Array; areas: number[] } {
  countPictures('labelRegions', masks.length, size);
  const { width, height } = size;
  const labels = new Uint32Array(masks.length);
  const areas = [0];
  const stack: number[] = [];
  for (let seed = 0; seed < masks.length; seed++) {
    if (masks[seed] === 0 || labels[seed] !== 0) continue;
    const region = areas.length;
    let area = 0;
    labels[seed] = region;
    stack.push(seed);
    for (let pixel = stack.pop(); pixel !== undefined; pixel = stack.pop()) {
      area++;
      const x = pixel % width;
      const y = Math.floor(pixel / width) % height;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (connectivity === 4 && dx !== 0 && dy !== 0) continue;
          if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
          const neighbour = pixel + dy * width + dx;
          if (masks[neighbour] === 0 || labels[neighbour] !== 0) continue;
          labels[neighbour] = region;
          stack.push(neighbour);
        }
      }
    }
    areas.push(area);
  }
  return { labels, areas };
}
