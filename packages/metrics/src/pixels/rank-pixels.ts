import { countImages, countPositives, type ImageSize } from '../checks.js';
import { type Rows, rowsOf } from '../scores/ranking.js';
import { sortByKind } from '../scores/sort-scores.js';
import { type Connectivity, labelRegions } from './label-regions.js';

/** What a region of anomalous pixels is. */
export interface RegionOptions {
  /** Which neighbours belong to one region. @defaultValue 8 */
  readonly connectivity?: Connectivity | undefined;
}

/** Pixels from the highest score to the lowest; the overlap of an anomalous pixel is its share of its region. */
export interface RankedPixels {
  readonly rows: Rows;
  /** Number of normal pixels. */
  readonly negatives: number;
  /** Number of anomalous pixels. */
  readonly positives: number;
  /** Number of regions: the sum of all overlaps. */
  readonly regions: number;
}

/** Checks an image stack and ranks its pixels. */
export function rankPixels(
  who: string,
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  { connectivity = 8 }: RegionOptions = {},
): RankedPixels {
  countImages(who, maps.length, size);
  const positives = countPositives(who, maps, masks);
  const { labels, count } = labelRegions(masks, size, connectivity);
  const shares = regionShares(labels, count);
  const rows = rowsOf(sortByKind(maps, labels, true), () => (region) => shares[region] as number);
  return { rows, negatives: maps.length - positives, positives, regions: count };
}

/** The share that one pixel has of its region, by the number of the region; 0 at 0. */
export function regionShares(labels: Int32Array, count: number): Float64Array {
  const areas = new Float64Array(count + 1);
  for (let i = 0; i < labels.length; i++) {
    const region = labels[i] as number;
    if (region !== 0) areas[region] = (areas[region] as number) + 1;
  }
  return areas.map((area, region) => (region === 0 ? 0 : 1 / area));
}
