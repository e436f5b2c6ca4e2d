import { MintError } from '@mint/internal';

/** Float error of (n + 1)(1 − α) is below this for every n a data set can have. */
const ROUNDING = 1e-9;

/**
 * Rank k of the calibration score that is the threshold at false-alarm rate `alpha`: `⌈(n + 1)(1 − α)⌉`, computed as in
 * exact decimals (in floating point the formula is one too high for some α, such as 0.7 at n = 9).
 *
 * See the example of {@link conformalThreshold}.
 *
 * @param n - Number of calibration scores.
 * @param alpha - False-alarm rate, in (0, 1).
 * @returns From 1 to n + 1; n + 1 means that n scores are too few for this α.
 * @throws MintError `INVALID_ARGUMENT` for another α.
 */
export function conformalRank(n: number, alpha: number): number {
  if (!(alpha > 0 && alpha < 1)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `conformalRank: \`alpha\` must lie between 0 and 1, got ${alpha}.`,
    );
  }
  return Math.ceil((n + 1) * (1 - alpha) - ROUNDING);
}

/**
 * The smallest false-alarm rate that n normal calibration images can promise, `1/(n + 1)`.
 *
 * See the example of {@link conformalThreshold}.
 */
export const smallestAlpha = (n: number): number => 1 / (n + 1);

/**
 * Threshold of split-conformal prediction (Vovk et al. 2005; Papadopoulos et al. 2002): if a new normal image is
 * exchangeable with the calibration images, its score exceeds the threshold with probability at most `alpha`, whatever
 * the scores' distribution. The promise is about the average over calibration sets; for one set of n images the rate
 * varies, with a deviation near `√(α(1 − α)/n)`.
 *
 * @param scores - Scores of normal images of one class that took no part in training, in any order.
 * @returns The `conformalRank(n, alpha)`-th smallest score, which itself is not an alarm; undefined when n is too small
 * for `alpha`: never extrapolated.
 * @throws MintError `INVALID_ARGUMENT` for an α outside (0, 1) or a score that is NaN.
 *
 * @example
 * ```ts
 * import { conformalPValue, conformalRank, conformalThreshold, smallestAlpha } from '@mint/detector';
 *
 * const scores = Array.from({ length: 19 }, (_, i) => i + 1); // of 19 good images: 1, …, 19
 * console.log(conformalThreshold(scores, 0.1), conformalRank(19, 0.1)); // 18 18
 * console.log(conformalThreshold(scores, 0.01), smallestAlpha(19)); // undefined 0.05
 * console.log(conformalPValue(scores, 18.5)); // 0.1
 * ```
 */
export function conformalThreshold(scores: readonly number[], alpha: number): number | undefined {
  checkScores('conformalThreshold', scores);
  const rank = conformalRank(scores.length, alpha);
  return scores.toSorted((a, b) => a - b)[rank - 1];
}

/**
 * Conformal p-value of an image: the share, itself counted, of calibration scores at least as high,
 * `(1 + #{sᵢ ≥ s})/(n + 1)`. For exchangeable normal images `P(p ≤ α) ≤ α` for every α; a score above
 * `conformalThreshold(scores, α)` has `p ≤ α`.
 *
 * See the example of {@link conformalThreshold}.
 *
 * @returns In [1/(n + 1), 1]; 1 without calibration scores.
 * @throws MintError `INVALID_ARGUMENT` for a score that is NaN.
 */
export function conformalPValue(scores: readonly number[], score: number): number {
  checkScores('conformalPValue', [score]);
  checkScores('conformalPValue', scores);
  const higher = scores.reduce((count, s) => (s >= score ? count + 1 : count), 0);
  return (1 + higher) / (scores.length + 1);
}

function checkScores(who: string, scores: readonly number[]): void {
  const at = scores.findIndex(Number.isNaN);
  if (at !== -1) throw new MintError('INVALID_ARGUMENT', `${who}: score ${at} is NaN.`);
}
