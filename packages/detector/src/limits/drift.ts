import { MintError, Random } from '@mint/internal';

/**
 * Bets on low, even and high p-values, and how often the player moves between them (Vovk et al., section 2, who stop at
 * ±1; ±2 doubles the capital on extreme p-values).
 */
const BETS = [-2, -1, 0, 1, 2] as const;
const JUMP = 0.01;

/** Options of {@link createDriftMonitor}. */
export interface DriftOptions {
  /** Chance of ever raising an alarm on a stream that does not drift, in (0, 1). @defaultValue 0.01 */
  readonly delta?: number | undefined;
  /** Seed of the draw that breaks ties between scores. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/** The state of a monitor after a value. */
export interface Drift {
  /** Number of values so far. */
  readonly count: number;
  /** Evidence against "nothing has changed": the factor by which a fair bet against it has grown. 1 at the start. */
  readonly evidence: number;
  /** Whether the evidence has ever reached 1/delta. */
  readonly alarm: boolean;
  /** Rank of this value among all before it, as a p-value: small when the value is high. */
  readonly p: number;
}

/**
 * Mean over pixels and channels of an RGB image, 0 to 255: the first thing that a lamp or an aperture changes.
 *
 * See the example of {@link createDriftMonitor}.
 */
export const brightnessOf = (pixels: Uint8Array): number =>
  pixels.reduce((sum, value) => sum + value, 0) / pixels.length;

/**
 * Watches one number of the images of one class for change, such as image score, out-of-distribution score or brightness:
 * new light, a new camera, another supplier. Every value is ranked among the values of the held-out good images and all values
 * before it. As long as they are exchangeable, the ranks are independent and uniform, and the "simple jumper" martingale, which
 * bets on low and on high ranks, stays small: the chance that it ever reaches 1/delta is at most `delta`, for streams of any
 * length (Ville's inequality).
 *
 * Feed it every image, alarms too: a line that makes more defects has changed as well. Memory grows by one number per image.
 *
 * @param normalScores - Values of held-out good images of the class.
 * @returns A function that takes the next value and returns the state of the monitor.
 * @throws MintError `INVALID_ARGUMENT` for a delta outside (0, 1), without held-out scores, or for a score that is NaN.
 * @see Vovk, Petej, Nouretdinov, Ahlberg, Carlsson, Gammerman: "Retrain or not retrain: conformal test martingales for
 * change-point detection", COPA 2021.
 *
 * @example
 * ```ts
 * import { brightnessOf, createDriftMonitor } from '@mint/detector';
 *
 * const heldOut = Array.from({ length: 50 }, (_, i) => 100 + (i % 10)); // brightness of good images
 * const monitor = createDriftMonitor(heldOut);
 * const darker = new Uint8Array(32 * 32 * 3).fill(90); // a lamp has failed
 * let drift = monitor(brightnessOf(darker));
 * while (!drift.alarm) drift = monitor(brightnessOf(darker));
 * console.log(drift.count); // 10
 * ```
 */
export function createDriftMonitor(
  normalScores: readonly number[],
  { delta = 0.01, seed = 0 }: DriftOptions = {},
): (score: number) => Drift {
  if (!(delta > 0 && delta < 1)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `createDriftMonitor: \`delta\` must lie between 0 and 1, got ${delta}.`,
    );
  }
  if (normalScores.length === 0)
    throw new MintError(
      'INVALID_ARGUMENT',
      'createDriftMonitor: there is no held-out score to compare with.',
    );
  const random = new Random(seed);
  const seen = normalScores.toSorted((a, b) => a - b);
  if (seen.some(Number.isNaN))
    throw new MintError('INVALID_ARGUMENT', 'createDriftMonitor: a held-out score is NaN.');
  let capital: readonly number[] = BETS.map(() => 1 / BETS.length);
  let count = 0;
  let alarm = false;
  return (score) => {
    if (Number.isNaN(score))
      throw new MintError('INVALID_ARGUMENT', `createDriftMonitor: score ${count} is NaN.`);
    const [from, to] = [lowerBound(seen, score), upperBound(seen, score)];
    // Ties, this score among them, are broken at random: the p-value is then exactly uniform.
    const p = (seen.length - to + random.uniform() * (to - from + 1)) / (seen.length + 1);
    seen.splice(to, 0, score);
    const total = capital.reduce((sum, c) => sum + c, 0);
    capital = BETS.map((bet, i) => {
      const moved = (1 - JUMP) * (capital[i] ?? 0) + (JUMP / BETS.length) * total;
      return moved * (1 + bet * (p - 0.5));
    });
    const evidence = capital.reduce((sum, c) => sum + c, 0);
    count += 1;
    alarm ||= evidence >= 1 / delta;
    return { count, evidence, alarm, p };
  };
}

/** First place in an ascending list whose value is not below `value`. */
function lowerBound(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First place in an ascending list whose value is above `value`. */
function upperBound(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
