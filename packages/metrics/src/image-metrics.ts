import { countPositives } from './checks.js';
import { type ImageMetrics, rankingMetrics, rowsOf } from './ranking.js';
import { sortByKind } from './sort-scores.js';

function rank(who: string, scores: ArrayLike<number>, labels: ArrayLike<number>) {
  const positives = countPositives(who, scores, labels);
  return rankingMetrics(rowsOf(sortByKind(scores, labels, false)), labels.length - positives, positives);
}

/**
 * AUROC, average precision and F1-max of scored samples; see {@link ImageMetrics} for their definitions.
 *
 * @param scores - One a sample, larger is more anomalous. float32 arrays are sorted fastest; all else counts as float64.
 * @param labels - 1 for anomalous, 0 for normal.
 * @throws MintError `UNDEFINED_METRIC` when only one kind of sample is there; `INVALID_ARGUMENT` for a NaN score or another
 * label; `SHAPE_MISMATCH` for unequal lengths.
 */
export function imageMetrics(scores: ArrayLike<number>, labels: ArrayLike<number>): ImageMetrics {
  const { iouMax: _, ...metrics } = rank('imageMetrics', scores, labels);
  return metrics;
}

/** Area under the ROC curve in [0, 1]; ties count half. Arguments and errors as {@link imageMetrics}. */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return rank('auroc', scores, labels).auroc;
}

/** Step-wise average precision in [0, 1], as scikit-learn's. Arguments and errors as {@link imageMetrics}. */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return rank('averagePrecision', scores, labels).ap;
}

/**
 * Largest F1 over all thresholds, and the lowest threshold that reaches it. Arguments and errors as {@link imageMetrics}.
 *
 * A threshold found on test pictures is a property of the test set, not a setting to deploy.
 */
export function f1Max(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): { value: number; threshold: number } {
  const { f1Max: value, f1Threshold: threshold } = rank('f1Max', scores, labels);
  return { value, threshold };
}
