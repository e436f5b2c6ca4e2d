import { countPositives } from '../checks.js';
import { type ImageMetrics, type MaximumAt, rankingMetrics, rowsOf } from './ranking.js';
import { sortByKind } from './sort-scores.js';

function rank(who: string, scores: ArrayLike<number>, labels: ArrayLike<number>) {
  const positives = countPositives(who, scores, labels);
  return rankingMetrics(rowsOf(sortByKind(scores, labels, false)), labels.length - positives, positives);
}

/**
 * AUROC, average precision and F1-max of scored samples; see {@link ImageMetrics} for their definitions.
 *
 * @param scores - One per sample, larger is more anomalous. float32 arrays are sorted fastest; all others count as float64.
 * @param labels - 1 for anomalous, 0 for normal.
 * @throws MintError `UNDEFINED_METRIC` when all samples are of one kind; `INVALID_ARGUMENT` for a NaN score or another
 * label; `SHAPE_MISMATCH` for unequal lengths.
 *
 * @example
 * ```ts
 * import { imageMetrics } from '@mint/metrics';
 *
 * const scores = [0.2, 0.9, 0.4, 0.4, 0.7];
 * const labels = [0, 1, 0, 1, 0];
 * console.log(imageMetrics(scores, labels));
 * // { auroc: 0.75, ap: 0.75, f1Max: 0.6666666666666666, f1Threshold: 0.4 }
 * ```
 */
export function imageMetrics(scores: ArrayLike<number>, labels: ArrayLike<number>): ImageMetrics {
  const { iouMax: _, ...metrics } = rank('imageMetrics', scores, labels);
  return metrics;
}

/**
 * AUROC, area under the ROC curve: the probability that an anomalous sample scores above a normal one, ties counting half,
 * `(pairs in order + ½ ties) / (P·N)` (Mann-Whitney), in [0, 1]. Random scores give 0.5 on average, equal scores exactly 0.5.
 * Not defined when all samples are of one kind.
 *
 * Elsewhere: scikit-learn's `roc_auc_score` is the same to rounding. Code of the UniAD line replaces values below 0.5 by
 * `1 − AUROC`, so that a detector that is wrong looks right; torchmetrics counts in bins when it is given a number of
 * thresholds, and in float32. Pixel AUROC is near 1 for weak detectors too, since most pixels are normal and easy.
 *
 * Arguments and errors as {@link imageMetrics}.
 *
 * @example
 * ```ts
 * import { auroc } from '@mint/metrics';
 *
 * // Three of the four pairs of a good and an anomalous image are in order.
 * console.log(auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])); // 0.75
 * ```
 */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return rank('auroc', scores, labels).auroc;
}

/**
 * Average precision: `Σ (Rₙ − Rₙ₋₁)·Pₙ` over distinct scores from the highest down, with recall R and precision P of all
 * samples at or above each; in (0, 1]. A tie is one step. Random scores give the share of anomalous samples, so values of test
 * sets with different shares cannot be compared. Not defined when all samples are of one kind.
 *
 * Elsewhere: scikit-learn's `average_precision_score` is the same to rounding. The trapezoid under the precision-recall
 * curve ("AUPR", in older anomalib) interpolates between points that cannot be reached and is larger.
 *
 * Arguments and errors as {@link imageMetrics}.
 *
 * @example
 * ```ts
 * import { averagePrecision } from '@mint/metrics';
 *
 * console.log(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])); // 0.8333333333333333
 * ```
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return rank('averagePrecision', scores, labels).ap;
}

/**
 * F1-max: the largest `2·TP / (2·TP + FP + FN)` over all distinct scores as thresholds, positive when score ≥ threshold, in
 * (0, 1]; and the lowest threshold that reaches it. Not defined when all samples are of one kind.
 *
 * A threshold found on test images is a property of the test set, not a setting for production. Elsewhere: code that takes
 * scikit-learn's curve and drops undefined F1 values before it looks up the threshold reports a wrong threshold (ADer); 20
 * or 200 equal steps between the smallest and the largest score miss the maximum.
 *
 * Arguments and errors as {@link imageMetrics}.
 *
 * @example
 * ```ts
 * import { f1Max } from '@mint/metrics';
 *
 * console.log(f1Max([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])); // { value: 0.8, threshold: 0.35 }
 * ```
 */
export function f1Max(scores: ArrayLike<number>, labels: ArrayLike<number>): MaximumAt {
  const { f1Max: value, f1Threshold: threshold } = rank('f1Max', scores, labels);
  return { value, threshold };
}
