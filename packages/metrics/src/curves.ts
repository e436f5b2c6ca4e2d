import { assertInt } from '@mint/internal';
import { countPositives, type ImageSize } from './checks.js';
import { type RegionOptions, rankPixels } from './pixels/rank-pixels.js';
import { type Rows, rowsOf } from './scores/ranking.js';
import { sortByKind } from './scores/sort-scores.js';

/** How many points a curve has. */
export interface CurveOptions {
  /**
   * Largest number of points, at least 2, spread evenly along the curve. Each is a point of the exact curve, and both ends
   * are kept. @defaultValue every corner of the curve
   */
  readonly maxPoints?: number | undefined;
}

/** Points of a curve from its strictest threshold to its laxest. A sample is positive when its score ≥ threshold. */
interface Thresholds {
  /** One for each point; positive is score ≥ threshold. The first of ROC and PRO curves is Infinity: nothing is positive there. */
  readonly thresholds: Float64Array;
}

/** Points of {@link rocCurve}, from the strictest threshold to the laxest. */
export interface RocCurve extends Thresholds {
  /** False-positive rate FP / (FP + TN), growing from 0 to 1. */
  readonly fpr: Float64Array;
  /** True-positive rate TP / (TP + FN), growing from 0 to 1. */
  readonly tpr: Float64Array;
}

/** Points of {@link precisionRecallCurve}, from the strictest threshold to the laxest. */
export interface PrecisionRecallCurve extends Thresholds {
  /** TP / (TP + FP). */
  readonly precision: Float64Array;
  /** TP / (TP + FN), growing to 1. */
  readonly recall: Float64Array;
}

/** Points of {@link proCurve}, from the strictest threshold to the laxest. */
export interface ProCurve extends Thresholds {
  /** False-positive rate over all normal pixels of all images, growing from 0 to 1. */
  readonly fpr: Float64Array;
  /** Mean over all regions of the share of each that is found, growing from 0 to 1. */
  readonly pro: Float64Array;
}

/**
 * ROC curve, for images or pixels: `TPR = TP/(TP + FN)` against `FPR = FP/(FP + TN)`, both in [0, 1], from (0, 0) to
 * (1, 1). Joined by straight lines its points are the exact curve, and the area under it is `auroc`; a tie is one
 * straight piece. Thresholds between points that a straight line joins are left out.
 *
 * Elsewhere: scikit-learn's `roc_curve` gives the same corners; torchmetrics squeezes scores outside [0, 1] through a
 * sigmoid first, which in float32 makes different scores equal.
 *
 * @throws MintError as `imageMetrics`; `INVALID_ARGUMENT` for `maxPoints` out of range.
 *
 * @example
 * ```ts
 * import { rocCurve } from '@mint/metrics';
 *
 * const { fpr, tpr, thresholds } = rocCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * console.log([...fpr], [...tpr]); // [ 0, 0, 0.5, 0.5, 1 ] [ 0, 0.5, 0.5, 1, 1 ]
 * console.log([...thresholds]); // [ Infinity, 0.8, 0.4, 0.35, 0.1 ]
 * ```
 */
export function rocCurve(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: CurveOptions = {},
): RocCurve {
  const positives = countPositives('rocCurve', scores, labels);
  const negatives = labels.length - positives;
  const [fpr, tpr, thresholds] = tracePoints(
    'rocCurve',
    rowsOf(sortByKind(scores, labels, false)),
    [0, 0, Number.POSITIVE_INFINITY],
    (fp, tp) => [fp / negatives, tp / positives],
    options,
  );
  return { fpr, tpr, thresholds };
}

/**
 * Precision-recall curve, for images or pixels: precision `TP/(TP + FP)` in [0, 1] against recall `TP/(TP + FN)`, at
 * thresholds from the highest score down. `Σ (Rₙ − Rₙ₋₁)·Pₙ` over its points is `averagePrecision`; straight lines
 * between them are not (Davis and Goadrich, ICML 2006), so draw steps. Where only normal samples are added, just the last
 * threshold of the run is kept.
 *
 * Elsewhere: scikit-learn's `precision_recall_curve` runs the other way and appends the point (recall 0, precision 1),
 * which belongs to no threshold; the trapezoid under its points ("AUPR") is larger than AP.
 *
 * Arguments and errors as {@link rocCurve}.
 *
 * @example
 * ```ts
 * import { precisionRecallCurve } from '@mint/metrics';
 *
 * const { precision, recall } = precisionRecallCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * console.log([...recall]); // [ 0.5, 0.5, 1, 1 ]
 * console.log([...precision]); // [ 1, 0.5, 0.6666666666666666, 0.5 ]
 * ```
 */
export function precisionRecallCurve(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: CurveOptions = {},
): PrecisionRecallCurve {
  const positives = countPositives('precisionRecallCurve', scores, labels);
  const [recall, precision, thresholds] = tracePoints(
    'precisionRecallCurve',
    rowsOf(sortByKind(scores, labels, false)),
    undefined,
    (fp, tp) => [tp / positives, tp / (tp + fp)],
    options,
  );
  return { precision, recall, thresholds };
}

/**
 * PRO curve: mean overlap of all regions against the false-positive rate, from (0, 0) to (1, 1). The area under it up
 * to a limit, divided by the limit, is `auPro`; see there for definitions and differences from other code.
 *
 * @throws MintError as `auPro`; `INVALID_ARGUMENT` for `maxPoints` out of range.
 *
 * @example
 * ```ts
 * import { proCurve } from '@mint/metrics';
 *
 * const map = Float32Array.of(0.9, 0.1, 0.1, 0.4, 0.1, 0.3);
 * const mask = Uint8Array.of(1, 0, 0, 0, 0, 1);
 * const { fpr, pro } = proCurve(map, mask, { width: 3, height: 2 });
 * console.log([...fpr], [...pro]); // [ 0, 0, 0.25, 0.25, 1 ] [ 0, 0.5, 0.5, 1, 1 ]
 * ```
 */
export function proCurve(
  maps: ArrayLike<number>,
  masks: ArrayLike<number>,
  size: ImageSize,
  options: CurveOptions & RegionOptions = {},
): ProCurve {
  const { rows, negatives, regions } = rankPixels('proCurve', maps, masks, size, options);
  const [fpr, pro, thresholds] = tracePoints(
    'proCurve',
    rows,
    [0, 0, Number.POSITIVE_INFINITY],
    (fp, _, overlap) => [fp / negatives, Math.min(1, overlap / regions)],
    options,
  );
  return { fpr, pro, thresholds };
}

type Points = [x: Float64Array, y: Float64Array, thresholds: Float64Array];

/** One point after each row. */
function tracePoints(
  who: string,
  rows: Rows,
  first: readonly [number, number, number] | undefined,
  pointAt: (fp: number, tp: number, overlap: number) => readonly [x: number, y: number],
  { maxPoints = Number.MAX_SAFE_INTEGER }: CurveOptions,
): Points {
  assertInt(who, 'maxPoints', maxPoints, 2);
  let count = first === undefined ? 0 : 1;
  rows(() => {
    count++;
  });
  const points: Points = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  let at = 0;
  const push = (x: number, y: number, threshold: number) => {
    points[0][at] = x;
    points[1][at] = y;
    points[2][at++] = threshold;
  };
  if (first !== undefined) push(...first);
  let [fp, tp, overlap] = [0, 0, 0];
  rows((rowNegatives, rowPositives, rowOverlap, score) => {
    fp += rowNegatives;
    tp += rowPositives;
    overlap += rowOverlap;
    push(...pointAt(fp, tp, overlap), score);
  });
  return count <= maxPoints ? points : thin(points, maxPoints);
}

/** Both ends, and between them the first point at or after each of several equal steps along the curve. */
function thin([x, y, thresholds]: Points, maxPoints: number): Points {
  const lengths = new Float64Array(x.length);
  for (let i = 1; i < x.length; i++) {
    const step =
      Math.abs((x[i] as number) - (x[i - 1] as number)) + Math.abs((y[i] as number) - (y[i - 1] as number));
    lengths[i] = (lengths[i - 1] as number) + step;
  }
  const last = x.length - 1;
  const cell = (i: number) =>
    Math.floor(((lengths[i] as number) / (lengths[last] as number)) * (maxPoints - 1));
  const kept = Uint32Array.from(x.keys()).filter(
    (i) => i === 0 || i === last || (cell(i) > cell(i - 1) && cell(i) < maxPoints - 1),
  );
  const pick = (values: Float64Array) => Float64Array.from(kept, (i) => values[i] as number);
  return [pick(x), pick(y), pick(thresholds)];
}
