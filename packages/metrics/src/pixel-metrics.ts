import { MintError } from '@mint/internal';
import { countPictures, countPositives, type ImageSize } from './checks.js';
import { type Connectivity, labelRegions } from './label-regions.js';
import { type ImageMetrics, rankingMetrics } from './ranking.js';
import { type SortedScores, sortDescending } from './sort-scores.js';

export interface AuProOptions {
  /** Upper end of the false-positive rate. @defaultValue 0.3 (Bergmann et al., IJCV 2021) */
  readonly fprLimit?: number;
  /** @defaultValue 8 */
  readonly connectivity?: Connectivity;
}

/** Pixel metrics of a picture stack: all pixels of all pictures pooled. */
export interface PixelMetrics extends ImageMetrics {
  /** Area under the per-region-overlap curve up to the limit, divided by the limit, in [0, 1]. */
  readonly auPro: number;
}

/**
 * Pixel AUROC, AP, F1-max and AUPRO in one pass.
 *
 * @param maps - `[N·H·W]` row-major anomaly maps, larger is more anomalous. float32 is fastest.
 * @param masks - `[N·H·W]`, 1 where anomalous.
 * @throws MintError `UNDEFINED_METRIC` when all pixels are of one kind; `INVALID_ARGUMENT` for NaN, another mask value or
 * a limit outside (0, 1]; `SHAPE_MISMATCH` when sizes do not fit.
 */
export function pixelMetrics(
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  options: AuProOptions = {},
): PixelMetrics {
  const { sorted, positives, regions, fprLimit } = sortPixels('pixelMetrics', maps, masks, size, options);
  return { ...rankingMetrics(sorted, positives), auPro: integrateOverlap(sorted, regions, fprLimit) };
}

/**
 * AUPRO: mean over all anomalous regions of the share of each that is found, as a function of the false-positive rate
 * over all normal pixels of all pictures, integrated from 0 to `fprLimit` and divided by it (Bergmann et al., IJCV 2021).
 * Exact: one point for each distinct score, ties are one straight piece, linear interpolation at the limit.
 * Some toolkits divide by the last rate reached or resample the curve; their values differ and can pass 1.
 *
 * Arguments and errors as {@link pixelMetrics}.
 */
export function auPro(
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  options: AuProOptions = {},
): number {
  const { sorted, regions, fprLimit } = sortPixels('auPro', maps, masks, size, options);
  return integrateOverlap(sorted, regions, fprLimit);
}

/** Checks the arguments and sorts all pixels, each with the number of its region (0 for normal ones). */
function sortPixels(
  who: string,
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  { fprLimit = 0.3, connectivity = 8 }: AuProOptions,
): { sorted: SortedScores; positives: number; regions: number; fprLimit: number } {
  if (!(fprLimit > 0 && fprLimit <= 1)) {
    throw new MintError('INVALID_ARGUMENT', `${who}: \`fprLimit\` must lie in (0, 1], got ${fprLimit}.`);
  }
  countPictures(who, maps.length, size);
  const positives = countPositives(who, maps, masks);
  const { labels, count } = labelRegions(masks, size, connectivity);
  return { sorted: sortDescending(maps, labels), positives, regions: count, fprLimit };
}

/**
 * In closed form: an anomalous pixel found after x false positives adds its share of its region over the rest of the
 * axis, `limit − x`. Counts are integers kept region by region, so nothing is rounded until the end.
 *
 * @param sorted - Payload is the region's number from 1 to `regions`, 0 for a normal pixel.
 */
function integrateOverlap({ scores, payload }: SortedScores, regions: number, fprLimit: number): number {
  const n = scores.length;
  const areas = new Float64Array(regions + 1);
  let positives = 0;
  for (let i = 0; i < n; i++) {
    const region = payload[i] as number;
    if (region === 0) continue;
    areas[region] = (areas[region] as number) + 1;
    positives++;
  }
  const limit = fprLimit * (n - positives);
  const found = new Float64Array(regions + 1);
  // Twice the false positives before each found pixel, a tie's share counting half.
  const before = new Float64Array(regions + 1);
  // Pixels of the one tie that crosses the limit, and the area under each one's straight piece.
  const crossing = new Float64Array(regions + 1);
  let crossingArea = 0;
  let fp = 0;
  for (let start = 0; start < n && fp < limit; ) {
    const score = scores[start] as number;
    let end = start;
    let negatives = 0;
    for (; end < n && scores[end] === score; end++) if (payload[end] === 0) negatives++;
    const crosses = fp + negatives > limit;
    if (crosses) crossingArea = (limit - fp) ** 2 / (2 * negatives);
    for (let i = start; i < end; i++) {
      const region = payload[i] as number;
      if (region === 0) continue;
      if (crosses) {
        crossing[region] = (crossing[region] as number) + 1;
      } else {
        found[region] = (found[region] as number) + 1;
        before[region] = (before[region] as number) + 2 * fp + negatives;
      }
    }
    fp += negatives;
    start = end;
  }
  let sum = 0;
  for (let region = 1; region <= regions; region++) {
    const rest = (found[region] as number) * limit - (before[region] as number) / 2;
    sum += (rest + (crossing[region] as number) * crossingArea) / (areas[region] as number);
  }
  // A perfect map can come out one rounding step above 1.
  return Math.min(1, sum / (limit * regions));
}
