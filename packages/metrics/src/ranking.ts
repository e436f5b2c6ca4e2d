import type { SortedScores } from './sort-scores.js';

/** Threshold-free metrics of scored samples: pictures or pixels. */
export interface ImageMetrics {
  /**
   * Area under the ROC curve: the probability that an anomalous sample scores above a normal one, ties counting
   * half (Mann-Whitney). Values below 0.5 stay below 0.5.
   */
  readonly auroc: number;
  /** Average precision, `Σ (Rₙ − Rₙ₋₁)·Pₙ` over distinct thresholds, without interpolation (scikit-learn's). */
  readonly ap: number;
  /** Largest F1 over all distinct scores as thresholds; positive when score ≥ threshold. */
  readonly f1Max: number;
  /** The threshold it is reached at; the lowest one on equal maxima. */
  readonly f1Threshold: number;
}

/**
 * AUROC, AP and F1-max in one walk over the scores from high to low.
 *
 * @param sorted - Payload 0 for a normal sample, anything else for an anomalous one.
 * @param positives - Number of anomalous samples.
 */
export function rankingMetrics({ scores, payload }: SortedScores, positives: number): ImageMetrics {
  const n = scores.length;
  let tp = 0;
  let fp = 0;
  // Twice the number of (anomalous, normal) pairs in the wrong order: an integer, so AUROC is rounded once.
  let wrongPairs = 0;
  let ap = 0;
  let f1Max = 0;
  let f1Threshold = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; ) {
    const score = scores[i] as number;
    let [groupPositives, groupSize] = [0, 0];
    for (; i < n && scores[i] === score; i++) {
      if (payload[i] !== 0) groupPositives++;
      groupSize++;
    }
    const groupNegatives = groupSize - groupPositives;
    wrongPairs += groupPositives * (2 * fp + groupNegatives);
    tp += groupPositives;
    fp += groupNegatives;
    ap += (groupPositives / positives) * (tp / (tp + fp));
    const f1 = (2 * tp) / (tp + fp + positives);
    if (f1 >= f1Max) [f1Max, f1Threshold] = [f1, score];
  }
  const allPairs = 2 * positives * (n - positives);
  return { auroc: (allPairs - wrongPairs) / allPairs, ap, f1Max, f1Threshold };
}
