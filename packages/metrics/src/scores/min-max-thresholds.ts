import { MintError } from '@mint/internal';
import { countPositives } from '../checks.js';

/** Result of {@link minMaxThresholdMetrics}, all in [0, 1]. */
export interface MinMaxThresholdMetrics {
  /** Mean F1, 2·TP / (2·TP + FP + FN). */
  readonly mF1: number;
  /** Mean of what ADer calls accuracy: the recall of anomalous pixels, TP / (TP + FN). */
  readonly mAcc: number;
  /** Mean intersection over union, TP / (TP + FP + FN). */
  readonly mIou: number;
}

/**
 * ADer's `mF1`, `mAcc` and `mIoU` "over 0.2–0.8": the scores are stretched so that the smallest test score becomes 0 and
 * the largest 1, and each metric is the mean over the seven thresholds 0.2, 0.3, … 0.8; positive when above. In [0, 1].
 *
 * **Warning: not comparable between models, classes or test sets.** One outlier pixel moves every threshold, a nonlinear
 * change of the scores (a logarithm, a square) gives other numbers although the ranking is the same, and the stretch uses
 * test scores. Use it to read and reproduce published tables; `f1Max`, `iouMax` and AP do not depend on the scale.
 *
 * Tied scores lie on the same side of each threshold. Precision is 0 where nothing is positive. Not defined when all scores
 * are equal or a score is infinite. Elsewhere: ADer computes in float32 and adds 1e-8 to denominators, which changes about
 * the eighth digit; its table calls the F1 `mF1_px_0.2_0.8_0.1`.
 *
 * @param scores - Scores of all pixels of a class.
 * @param labels - 1 for anomalous, 0 for normal.
 * @throws MintError `UNDEFINED_METRIC`, see above; else as `imageMetrics`.
 * @see Zhang et al., "ADer: A Comprehensive Benchmark for Multi-class Visual Anomaly Detection", 2024, `util/metric.py`.
 *
 * @example
 * ```ts
 * import { minMaxThresholdMetrics } from '@mint/metrics';
 *
 * const labels = [0, 0, 0, 1, 1];
 * console.log(minMaxThresholdMetrics([0, 0.1, 0.3, 0.7, 1], labels).mF1.toFixed(3)); // 0.876
 * console.log(minMaxThresholdMetrics([0, 0.1, 0.3, 0.7, 10], labels).mF1.toFixed(3)); // 0.667
 * ```
 */
export function minMaxThresholdMetrics(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): MinMaxThresholdMetrics {
  const positives = countPositives('minMaxThresholdMetrics', scores, labels);
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < scores.length; i++) {
    min = Math.min(min, scores[i] as number);
    max = Math.max(max, scores[i] as number);
  }
  const range = max - min;
  if (!(range > 0 && range < Number.POSITIVE_INFINITY)) {
    throw new MintError(
      'UNDEFINED_METRIC',
      `minMaxThresholdMetrics: undefined, because scores go from ${min} to ${max} and cannot be stretched to 0 to 1.`,
    );
  }
  const found = [new Float64Array(THRESHOLDS.length + 1), new Float64Array(THRESHOLDS.length + 1)] as const;
  for (let i = 0; i < scores.length; i++) {
    const stretched = ((scores[i] as number) - min) / range;
    let passed = 0;
    while (passed < THRESHOLDS.length && stretched > (THRESHOLDS[passed] as number)) passed++;
    const counts = found[labels[i] as 0 | 1];
    counts[passed] = (counts[passed] as number) + 1;
  }
  const sums = { mF1: 0, mAcc: 0, mIou: 0 };
  let [tp, fp] = [0, 0];
  for (let t = THRESHOLDS.length; t >= 1; t--) {
    tp += found[1][t] as number;
    fp += found[0][t] as number;
    sums.mF1 += (2 * tp) / (tp + fp + positives);
    sums.mAcc += tp / positives;
    sums.mIou += tp / (fp + positives);
  }
  const mean = (sum: number) => sum / THRESHOLDS.length;
  return { mF1: mean(sums.mF1), mAcc: mean(sums.mAcc), mIou: mean(sums.mIou) };
}

/** numpy's `arange(0.2, 0.801, 0.1)`. */
const THRESHOLDS = Array.from({ length: 7 }, (_, i) => 0.2 + i * 0.1);
