/** Standard normal quantile of 0.975. */
export const Z95 = 1.959963984540054;

/** Probability that a standard normal number lies at least as far from 0 as `z`: `erfc(|z|/√2)`, to 1e-14. */
export function twoSidedP(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const bell = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2) {
    // erf(x) = 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n + 1)) (Abramowitz and Stegun 7.1.6); all terms are positive.
    let [sum, term] = [0, x];
    for (let n = 1; term > sum * 1e-17; n++) {
      sum += term;
      term *= (2 * x * x) / (2 * n + 1);
    }
    return 1 - 2 * bell * sum;
  }
  // Continued fraction (Abramowitz and Stegun 7.1.14), from its far end.
  let tail = x;
  for (let n = 100; n >= 1; n--) tail = x + n / 2 / tail;
  return bell / tail;
}
