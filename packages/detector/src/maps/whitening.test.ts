import { Random } from '@mint/internal';
import { expect, test } from 'vitest';
import { whiteningMatrix } from './whitening.js';

test('whitened residuals have unit covariance, up to the shrinkage', () => {
  const random = new Random(1);
  const [n, c] = [4000, 3];
  // Correlated channels of very different size.
  const residuals = Array.from({ length: n }, () => {
    const [a, b, d] = [random.normal(), random.normal(), random.normal()];
    return [a, 2 * a + b, 3 * d - a];
  });
  const moments = new Float64Array(c * c);
  for (const r of residuals)
    for (let i = 0; i < 9; i++)
      moments[i] = (moments[i] ?? 0) + ((r[Math.floor(i / 3)] ?? 0) * (r[i % 3] ?? 0)) / n;
  const w = whiteningMatrix(moments, c);
  const shrinkage = (0.01 * ((moments[0] ?? 0) + (moments[4] ?? 0) + (moments[8] ?? 0))) / c;
  const shrunk = moments.map((v, i) => v + (i % 4 === 0 ? shrinkage : 0));
  for (let i = 0; i < c; i++) {
    for (let j = 0; j < c; j++) {
      // Wᵀ·Σ·W is the covariance of whitened residuals.
      let covariance = 0;
      for (let k = 0; k < c * c; k++)
        covariance += (w[Math.floor(k / c) * c + i] ?? 0) * (shrunk[k] ?? 0) * (w[(k % c) * c + j] ?? 0);
      expect(covariance, `${i},${j}`).toBeCloseTo(Number(i === j), 5);
    }
  }
});

test('the length is the Mahalanobis length of the shrunk covariance', () => {
  const w = whiteningMatrix(Float64Array.of(4, 0, 0, 1), 2);
  // Shrinkage adds 0.01·(4 + 1)/2 = 0.025 to both variances.
  expect(Math.hypot((w[0] ?? 0) * 2, (w[1] ?? 0) * 2)).toBeCloseTo(2 / Math.sqrt(4.025), 6);
  expect(Math.hypot(w[2] ?? 0, w[3] ?? 0)).toBeCloseTo(1 / Math.sqrt(1.025), 6);
});

test('refuses residuals that are all zero', () => {
  expect(() => whiteningMatrix(new Float64Array(4), 2)).toThrow('all zero');
});
