import type { SortedScores } from './sort-scores.js';

/** Threshold-free metrics of scored samples: images or pixels. */
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

/** {@link ImageMetrics} and what the same walk over the ranking gives besides. */
export interface RankingMetrics extends ImageMetrics {
  /** Largest intersection over union over all thresholds, reached at `f1Threshold`. */
  readonly iouMax: number;
}

/** The largest value of a metric over all thresholds. */
export interface MaximumAt {
  /** In (0, 1]. */
  readonly value: number;
  /** The lowest score that reaches it as a threshold: positive when score ≥ threshold. */
  readonly threshold: number;
}

/**
 * A ranking from high to low, row by row: every metric is a walk over it. A row is a set of samples whose order does not
 * count, so the curves are straight there: samples of one score, normal samples without an anomalous sample between them,
 * or (in approximations) all samples of a bin.
 *
 * `overlap` is the share that the row's anomalous samples add to the sum of all overlaps, `score` the row's lowest score.
 */
export type Rows = (
  visit: (negatives: number, positives: number, overlap: number, score: number) => void,
) => void;

/**
 * Calls `visit` for every distinct score of the anomalous samples, from high to low: those from `start` to before `end`
 * share it, `tied` normal samples have it too, and `above` normal samples have a higher one.
 */
export function forEachTie(
  { negatives, positives }: SortedScores,
  visit: (start: number, end: number, above: number, tied: number) => void,
): void {
  let above = 0;
  for (let start = 0; start < positives.length; ) {
    const score = positives[start] as number;
    let end = start + 1;
    while (end < positives.length && positives[end] === score) end++;
    while (above < negatives.length && (negatives[above] as number) > score) above++;
    let below = above;
    while (below < negatives.length && negatives[below] === score) below++;
    visit(start, end, above, below - above);
    [start, above] = [end, below];
  }
}

/**
 * The rows of sorted scores.
 *
 * @param overlapOf - Called at the start of each walk. The function that it returns gets the payload of the anomalous
 * samples in their order. @defaultValue every overlap is 0
 */
export function rowsOf(sorted: SortedScores, overlapOf?: () => (payload: number) => number): Rows {
  const { negatives, positives, payload } = sorted;
  return (visit) => {
    const overlap = overlapOf?.();
    let seen = 0;
    const skip = (to: number) => {
      if (to > seen) visit(to - seen, 0, 0, negatives[to - 1] as number);
      seen = to;
    };
    forEachTie(sorted, (start, end, above, tied) => {
      skip(above);
      let sum = 0;
      if (overlap !== undefined) for (let i = start; i < end; i++) sum += overlap(payload[i] as number);
      visit(tied, end - start, sum, positives[start] as number);
      seen += tied;
    });
    skip(negatives.length);
  };
}

/** Sums over the samples of each bin, from the highest scores down. */
export interface Bins {
  readonly negatives: Float64Array;
  readonly positives: Float64Array;
  readonly overlap: Float64Array;
}

/** One row per bin; bins without samples are left out. */
export function rowsOfBins({ negatives, positives, overlap }: Bins, scoreOf: (bin: number) => number): Rows {
  return (visit) => {
    for (let i = 0; i < negatives.length; i++) {
      const [n, p] = [negatives[i] as number, positives[i] as number];
      if (n !== 0 || p !== 0) visit(n, p, overlap[i] as number, scoreOf(i));
    }
  };
}

/**
 * AUROC, AP, F1-max and IoU-max in one walk.
 *
 * IoU grows with F1 (`IoU = F1/(2 − F1)`), so both have their maximum at one threshold.
 */
export function rankingMetrics(rows: Rows, negatives: number, positives: number): RankingMetrics {
  let tp = 0;
  let fp = 0;
  // Twice the number of (anomalous, normal) pairs in the wrong order: an integer, so AUROC is rounded once.
  let wrongPairs = 0;
  let ap = 0;
  let f1Max = 0;
  let f1Threshold = Number.POSITIVE_INFINITY;
  let iouMax = 0;
  rows((rowNegatives, rowPositives, _, score) => {
    wrongPairs += rowPositives * (2 * fp + rowNegatives);
    tp += rowPositives;
    fp += rowNegatives;
    // Below a threshold that adds normal samples only, F1 is lower than it was.
    if (rowPositives === 0) return;
    ap += (rowPositives / positives) * (tp / (tp + fp));
    const f1 = (2 * tp) / (tp + fp + positives);
    if (f1 < f1Max) return;
    [f1Max, f1Threshold, iouMax] = [f1, score, tp / (fp + positives)];
  });
  const allPairs = 2 * positives * negatives;
  return { auroc: (allPairs - wrongPairs) / allPairs, ap, f1Max, f1Threshold, iouMax };
}

/**
 * Area under the mean overlap as a function of the false-positive rate, from 0 to `fprLimit`, divided by `fprLimit`.
 *
 * @param regions - Number of regions: the sum of all overlaps when everything is found.
 */
export function areaUnderOverlap(rows: Rows, negatives: number, regions: number, fprLimit: number): number {
  const limit = fprLimit * negatives;
  let [fp, overlap, area] = [0, 0, 0];
  rows((rowNegatives, _, rowOverlap) => {
    if (fp >= limit) return;
    const width = Math.min(rowNegatives, limit - fp);
    const reached = rowNegatives === 0 ? rowOverlap : (rowOverlap * width) / rowNegatives;
    area += width * (overlap + reached / 2);
    overlap += reached;
    fp += width;
  });
  // A perfect map can come out one rounding step above 1.
  return Math.min(1, area / (limit * regions));
}
