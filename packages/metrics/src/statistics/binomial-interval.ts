import { MintError } from '@mint/internal';
import { Z95 } from './normal.js';

/**
 * 95 % interval of a counted share, by Wilson's score method: stays in [0, 1], and is not empty at 0 of n or n of n. Its
 * true coverage is near 95 % on average over all shares, and lower for some of them (Brown, Cai and DasGupta 2001).
 *
 * @param hits - From 0 to `n`.
 * @param n - Images counted, at least 1.
 * @returns Lower and upper end, 0 to 1.
 * @throws MintError `INVALID_ARGUMENT` when `hits` or `n` is not such a whole number.
 * @see Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
 *
 * @example
 * ```ts
 * import { binomialInterval } from '@mint/metrics';
 *
 * const [low, high] = binomialInterval(2, 50); // two false alarms in fifty good images
 * console.log(low.toFixed(3), high.toFixed(3)); // 0.011 0.135
 * ```
 */
export function binomialInterval(hits: number, n: number): [low: number, high: number] {
  if (!(Number.isInteger(hits) && Number.isInteger(n) && n >= 1 && hits >= 0 && hits <= n)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `binomialInterval: needs whole numbers with 0 ≤ hits ≤ n and n ≥ 1, got ${hits} of ${n}.`,
    );
  }
  const share = hits / n;
  const zz = Z95 ** 2 / n;
  const centre = (share + zz / 2) / (1 + zz);
  const half = (Z95 * Math.sqrt((share * (1 - share)) / n + zz / (4 * n))) / (1 + zz);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
