import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { binomialInterval } from '../index.js';

describe('binomialInterval()', () => {
  // statsmodels.stats.proportion.proportion_confint(hits, n, method='wilson')
  test.each([
    [0, 10, 0, 0.2775327998628892],
    [1, 10, 0.01787620648600438, 0.4041500268012664],
    [5, 10, 0.2365931, 0.7634069],
    [10, 10, 0.7224672001371107, 1],
  ])('%i of %i', (hits, n, low, high) => {
    const interval = binomialInterval(hits, n);
    expect(interval[0]).toBeCloseTo(low, 6);
    expect(interval[1]).toBeCloseTo(high, 6);
  });

  test('its ends solve |share − p| = z·√(p(1 − p)/n), the definition', () => {
    for (const [hits, n] of [
      [3, 17],
      [1, 101],
      [60, 61],
    ] as const) {
      for (const p of binomialInterval(hits, n)) {
        const z = Math.abs(hits / n - p) / Math.sqrt((p * (1 - p)) / n);
        expect(z).toBeCloseTo(1.959963984540054, 9);
      }
    }
  });

  test('holds the true share in about 95 of 100 draws', () => {
    const random = new Random(11);
    let covered = 0;
    for (let i = 0; i < 4000; i++) {
      const p = random.uniform();
      const hits = Array.from({ length: 40 }, () => random.uniform()).filter((u) => u < p).length;
      const [low, high] = binomialInterval(hits, 40);
      if (low <= p && p <= high) covered += 1;
    }
    expect(covered / 4000).toBeGreaterThan(0.935);
    expect(covered / 4000).toBeLessThan(0.965);
  });

  test.each([
    [1, 0],
    [3, 2],
    [-1, 2],
    [0.5, 2],
  ])('refuses %d of %d', (hits, n) => {
    expect(() => binomialInterval(hits, n)).toThrow('0 ≤ hits ≤ n');
  });
});
