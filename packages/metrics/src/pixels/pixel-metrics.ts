import { checkFprLimit, countPositives, type ImageSize } from '../checks.js';
import {
  areaUnderOverlap,
  type MaximumAt,
  type RankingMetrics,
  rankingMetrics,
  rowsOf,
} from '../scores/ranking.js';
import { sortByKind } from '../scores/sort-scores.js';
import { type RankedPixels, type RegionOptions, rankPixels } from './rank-pixels.js';

/** Upper end of the false-positive rate of AUPRO (Bergmann et al., IJCV 2021). */
export const PRO_LIMIT = 0.3;

/** Options of {@link auPro} and {@link pixelMetrics}. */
export interface AuProOptions extends RegionOptions {
  /** Upper end of the false-positive rate. @defaultValue 0.3 (Bergmann et al., IJCV 2021) */
  readonly fprLimit?: number | undefined;
}

/** Pixel metrics of an image stack: all pixels of all images pooled. */
export interface PixelMetrics extends RankingMetrics {
  /** Area under the per-region-overlap curve up to the limit, divided by the limit, in [0, 1]. */
  readonly auPro: number;
}

/**
 * Pixel AUROC, AP, F1-max, IoU-max and AUPRO in one pass.
 *
 * @param maps - `[N·H·W]` row-major anomaly maps, larger is more anomalous. float32 is fastest.
 * @param masks - `[N·H·W]`, 1 where anomalous.
 * @param size - Of every image; N follows from it.
 * @throws MintError `UNDEFINED_METRIC` when all pixels are of one kind; `INVALID_ARGUMENT` for NaN, another mask value or
 * a limit outside (0, 1]; `SHAPE_MISMATCH` when sizes do not fit.
 *
 * @example
 * ```ts
 * import { pixelMetrics } from '@mint/metrics';
 *
 * const size = { width: 4, height: 2 }; // one image
 * const map = Float32Array.of(0.1, 0.2, 0.8, 0.9, 0.1, 0.3, 0.3, 0.7);
 * const mask = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1);
 * const { auroc, iouMax, auPro } = pixelMetrics(map, mask, size);
 * console.log(auroc, iouMax, auPro); // 0.9166666666666666 0.6666666666666666 0.7222222222222222
 * ```
 */
export function pixelMetrics(
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  options: AuProOptions = {},
): PixelMetrics {
  const fprLimit = checkFprLimit('pixelMetrics', options.fprLimit ?? PRO_LIMIT);
  return metricsOfRanked(rankPixels('pixelMetrics', maps, masks, size, options), fprLimit);
}

/** The metrics of pixels that are ranked already. */
export const metricsOfRanked = (
  { rows, negatives, positives, regions }: RankedPixels,
  fprLimit: number,
): PixelMetrics => ({
  ...rankingMetrics(rows, negatives, positives),
  auPro: areaUnderOverlap(rows, negatives, regions, fprLimit),
});

/**
 * AUPRO: area under the per-region-overlap curve.
 *
 * `PRO(t)` is the mean over all anomalous regions of the share of each region's pixels with score ≥ t, `FPR(t)` the same
 * share of all normal pixels of all images. AUPRO is `∫₀ᴸ PRO dFPR / L` with `L = fprLimit`, in [0, 1]: every region has the
 * same weight, large or small. A constant map has `L/2`, a perfect map 1.
 *
 * Exact: the curve starts at (0, 0) and has a point for each distinct score; a tie is one straight piece; it is cut by
 * linear interpolation at the limit; the area is always divided by the limit. Without an anomalous or a normal pixel it
 * is not defined.
 *
 * Elsewhere: dividing by the last rate reached gives values above 1 (anomalib before its issue 1651 was fixed);
 * 200 equal steps between the smallest and the largest score (ADer and most copies of CFLOW's code, which also rescale
 * the rates below the limit to [0, 1] and so stretch the curve) depend on the scale of the scores; 4-connected regions
 * count diagonal pixels as many regions; a limit in percent, or of 0.05, gives other numbers under the same name.
 *
 * Arguments and errors as {@link pixelMetrics}.
 *
 * @see Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021, section 5.
 *
 * @example
 * ```ts
 * import { auPro } from '@mint/metrics';
 *
 * const size = { width: 3, height: 2 }; // two images, the second one without a defect
 * const maps = Float32Array.of(0.9, 0.1, 0.1, 0.2, 0.1, 0.3, 0.5, 0.2, 0.1, 0.1, 0.2, 0.1);
 * const masks = Uint8Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
 * console.log(auPro(maps, masks, size).toFixed(3)); // 0.833
 * ```
 */
export function auPro(
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  options: AuProOptions = {},
): number {
  const fprLimit = checkFprLimit('auPro', options.fprLimit ?? PRO_LIMIT);
  const { rows, negatives, regions } = rankPixels('auPro', maps, masks, size, options);
  return areaUnderOverlap(rows, negatives, regions, fprLimit);
}

/**
 * IoU-max: the largest `TP / (TP + FP + FN)` over all distinct scores as thresholds, pixels pooled over all images, in
 * (0, 1]; and the lowest threshold that reaches it. `IoU = F1/(2 − F1)`, so it is the threshold of F1-max.
 *
 * The threshold is chosen on the same pixels it is measured on: use it to compare methods, not in production. Elsewhere: ADer's
 * `mIoU_max` takes the best of 21 equal steps between the smallest and the largest test score, which is never more than
 * this; other code averages over images or over the two kinds of pixels.
 *
 * Arguments and errors as {@link imageMetrics}; maps and masks of images serve as scores and labels.
 *
 * @example
 * ```ts
 * import { iouMax } from '@mint/metrics';
 *
 * console.log(iouMax([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])); // { value: 0.6666666666666666, threshold: 0.35 }
 * ```
 */
export function iouMax(scores: ArrayLike<number>, labels: ArrayLike<number>): MaximumAt {
  const positives = countPositives('iouMax', scores, labels);
  const rows = rowsOf(sortByKind(scores, labels, false));
  const { iouMax: value, f1Threshold: threshold } = rankingMetrics(
    rows,
    labels.length - positives,
    positives,
  );
  return { value, threshold };
}
