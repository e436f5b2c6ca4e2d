import { MintError } from '@mint/internal';
import { countImages, countPositives, type ImageSize } from '../checks.js';
import { forEachTie, type Rows } from '../scores/ranking.js';
import { sortByKind } from '../scores/sort-scores.js';

/** Options of {@link auPimo}. */
export interface AuPimoOptions {
  /** Ends of the false-positive rate, with 0 < low < high ≤ 1. @defaultValue [1e-5, 1e-4] (Bertoldo et al., 2024) */
  readonly fprBounds?: readonly [low: number, high: number] | undefined;
}

/** Result of {@link auPimo}. */
export interface AuPimo {
  /** Mean over the anomalous images. */
  readonly mean: number;
  /** Value of each anomalous image, in [0, 1]. */
  readonly perImage: Float64Array;
  /** Index in the stack of each anomalous image. */
  readonly images: Int32Array;
}

export const PIMO_BOUNDS = [1e-5, 1e-4] as const;

/**
 * AUPIMO: area under the per-image overlap curve, at the very low false-positive rates at which a heat map is usable.
 *
 * For an anomalous image i: `AUPIMOᵢ = 1/ln(U/L) · ∫ₗᵁ TPRᵢ(z) dz/z`, the mean over the logarithm of the rate of the
 * share of its anomalous pixels that is found, in [0, 1]. The rate z is that of **normal images only**, all their pixels
 * pooled (images of one size, so this is the mean of their rates), and all images share the threshold that has this rate.
 * An image is anomalous when its mask is not empty; normal pixels of anomalous images do not count.
 *
 * Exact: a point for each distinct score, straight pieces in z between them (so a tie counts as its mean over random
 * orders), integrated in closed form. A constant map has `(U − L)/ln(U/L)`. Undefined without anomalous images, or
 * with fewer than 1/U pixels in normal images, where not one false positive is allowed.
 *
 * Elsewhere: the authors' code and anomalib's take 300,000 equal steps between the smallest and the largest normal score
 * and the trapezoid over ln z between the thresholds nearest to the bounds. Ours is the limit of that for fine steps,
 * without its error on skewed scores ("not enough points"); they differ visibly only where a few normal pixels span the bounds.
 *
 * @param maps - `[N·H·W]` row-major anomaly maps.
 * @param masks - `[N·H·W]`, 1 where anomalous.
 * @param size - Of every image; N follows from it.
 * @param options - Another range of rates.
 * @throws MintError `UNDEFINED_METRIC`, see above; else as `pixelMetrics`.
 * @see Bertoldo et al., "AUPIMO: Redefining Anomaly Localization Benchmarks with High Speed and Low Tolerance", BMVC 2024.
 *
 * @example
 * ```ts
 * import { auPimo } from '@mint/metrics';
 *
 * const size = { width: 128, height: 128 }; // a normal image, and one with a defect that is found
 * const maps = new Float32Array(2 * 128 * 128).map((_, i) => (i % 1009) / 1009);
 * const masks = new Uint8Array(maps.length);
 * for (const pixel of [20000, 20001]) [maps[pixel], masks[pixel]] = [2, 1];
 * const { mean, images } = auPimo(maps, masks, size);
 * console.log(mean, images); // 1 Int32Array(1) [ 1 ]
 * ```
 */
export function auPimo(
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  { fprBounds = PIMO_BOUNDS }: AuPimoOptions = {},
): AuPimo {
  const [low, high] = fprBounds;
  if (!(low > 0 && low < high && high <= 1)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `auPimo: \`fprBounds\` must have 0 < low < high ≤ 1, got ${low} and ${high}.`,
    );
  }
  countImages('auPimo', maps.length, size);
  countPositives('auPimo', maps, masks);
  const pixels = size.width * size.height;
  // The kind of each pixel: 0 in normal images, the image's number from 1 where anomalous; other pixels do not count.
  const kinds = new Int32Array(maps.length);
  const areas: number[] = [];
  const images: number[] = [];
  const kept = maps instanceof Float32Array ? new Float32Array(maps.length) : new Float64Array(maps.length);
  let count = 0;
  for (let start = 0; start < maps.length; start += pixels) {
    let area = 0;
    for (let i = start; i < start + pixels; i++) area += masks[i] as number;
    if (area > 0) {
      areas.push(area);
      images.push(start / pixels);
    }
    for (let i = start; i < start + pixels; i++) {
      if (area > 0 && masks[i] === 0) continue;
      kept[count] = maps[i] as number;
      kinds[count++] = area > 0 ? images.length : 0;
    }
  }
  const sorted = sortByKind(kept.subarray(0, count), kinds.subarray(0, count), true);
  const negatives = sorted.negatives.length;
  if (negatives * high < 1) {
    throw new MintError(
      'UNDEFINED_METRIC',
      `auPimo: undefined, because normal images have ${negatives} pixels; a rate of ${high} needs at least ${Math.ceil(1 / high)}.`,
    );
  }
  const perImage = new Float64Array(areas.length);
  forEachTie(sorted, (start, end, above, tied) => {
    const share = logShare(above, tied, negatives, low, high);
    if (share === 0) return;
    for (let i = start; i < end; i++) {
      const image = (sorted.payload[i] as number) - 1;
      perImage[image] = (perImage[image] as number) + share / (areas[image] as number);
    }
  });
  // A perfect map can come out one rounding step above 1.
  perImage.forEach((value, i) => {
    perImage[i] = Math.min(1, value);
  });
  const mean = perImage.reduce((sum, value) => sum + value, 0) / perImage.length;
  return { mean, perImage, images: Int32Array.from(images) };
}

/** The mean of AUPIMO over images from rows whose overlaps sum up to `images`. */
export function areaUnderLogRate(
  rows: Rows,
  negatives: number,
  images: number,
  [low, high]: readonly [number, number],
): number {
  let fp = 0;
  let area = 0;
  rows((rowNegatives, _, overlap) => {
    if (overlap > 0) area += overlap * logShare(fp, rowNegatives, negatives, low, high);
    fp += rowNegatives;
  });
  return Math.min(1, area / images);
}

/**
 * The share that a pixel adds to its image's area: 0 up to `before` false positives, growing in a straight line over the
 * next `tied`, and 1 after them; averaged over ln z between the bounds.
 */
function logShare(before: number, tied: number, negatives: number, low: number, high: number): number {
  const [start, end] = [before / negatives, (before + tied) / negatives];
  const [from, to] = [Math.max(low, start), Math.min(high, end)];
  const after = end < high ? Math.log(high / Math.max(low, end)) : 0;
  const during = from < to ? (to - from - start * Math.log(to / from)) / (end - start) : 0;
  return (after + during) / Math.log(high / low);
}
