import { readFileSync } from 'node:fs';
import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { conformalPValue, conformalRank, conformalThreshold, smallestAlpha, thresholdsAt } from '../index.js';

interface Golden {
  classes: Record<string, number[]>;
  cases: { class: string; n: number; alpha: number; k: number; threshold: number | null }[];
  roundingTraps: { n: number; alpha: number; k: number }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../__fixtures__/conformal.json', import.meta.url), 'utf8'),
);
const scoresOf = (name: string) => golden.classes[name] ?? [];

test.each(golden.cases)('$class at α = $alpha', ({ class: name, n, alpha, k, threshold }) => {
  expect(scoresOf(name)).toHaveLength(n);
  expect(conformalRank(n, alpha)).toBe(k);
  expect(conformalThreshold(scoresOf(name), alpha)).toBe(threshold ?? undefined);
});

test.each(golden.roundingTraps)('rank at n = $n, α = $alpha is that of exact decimals', ({ n, alpha, k }) => {
  expect(conformalRank(n, alpha)).toBe(k);
});

test('1/(n + 1) is the smallest α that n scores can promise', () => {
  for (const scores of Object.values(golden.classes)) {
    const alpha = smallestAlpha(scores.length);
    expect(conformalThreshold(scores, alpha)).toBe(Math.max(...scores));
    expect(conformalThreshold(scores, alpha * 0.999)).toBeUndefined();
  }
});

test('thresholdsAt() leaves out classes with too few images', () => {
  const scores = { nut: [3, 1, 2, 4], bolt: [5, 6] };
  const maxima = { nut: [30, 10, 20, 40], bolt: [50, 60] };
  expect(thresholdsAt({ normalScores: scores, normalMaxima: maxima }, 0.4)).toEqual({
    nut: { image: 3, pixel: 30 },
    bolt: { image: 6, pixel: 60 },
  });
  expect(thresholdsAt({ normalScores: scores, normalMaxima: maxima }, 0.2)).toEqual({
    nut: { image: 4, pixel: 40 },
  });
});

describe('conformalPValue()', () => {
  test('counts ties as higher, and the image itself', () => {
    expect([0, 1, 2, 3, 4].map((score) => conformalPValue([1, 2, 2, 3], score))).toEqual([
      1, 1, 0.8, 0.4, 0.2,
    ]);
    expect(conformalPValue([], 3)).toBe(1);
  });

  test('is at most α exactly where the score is above the threshold', () => {
    const random = new Random(3);
    for (const scores of Object.values(golden.classes)) {
      for (const alpha of [0.01, 0.05, 0.1, 0.3]) {
        const threshold = conformalThreshold(scores, alpha) ?? Number.POSITIVE_INFINITY;
        for (const score of [...scores, ...Array.from({ length: 20 }, () => 15 * random.uniform())]) {
          // 1e-12: p and α are both rounded.
          expect(conformalPValue(scores, score) <= alpha + 1e-12).toBe(score > threshold);
        }
      }
    }
  });
});

test('false alarms of exchangeable images stay at the promised rate', () => {
  // For continuous scores the rate is (n + 1 − k)/(n + 1) exactly: 0.1 for 39 scores, 0.08 for 24 at α = 0.1.
  const random = new Random(5);
  for (const [n, rate] of [
    [39, 0.1],
    [24, 0.08],
  ] as const) {
    const streams = 20_000;
    let alarms = 0;
    for (let i = 0; i < streams; i++) {
      const scores = Array.from({ length: n }, () => Math.exp(random.normal()));
      if (Math.exp(random.normal()) > (conformalThreshold(scores, 0.1) ?? 0)) alarms += 1;
    }
    // Four deviations of a binomial share.
    expect(Math.abs(alarms / streams - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / streams));
  }
});

test.each([0, 1, -0.1, Number.NaN])('refuses α = %d', (alpha) => {
  expect(() => conformalThreshold([1, 2], alpha)).toThrow('`alpha` must lie between 0 and 1');
});

test('refuses NaN scores', () => {
  expect(() => conformalThreshold([1, Number.NaN], 0.5)).toThrow('score 1 is NaN');
  expect(() => conformalPValue([1, 2], Number.NaN)).toThrow('is NaN');
});
