import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auroc, aurocInterval, compareAuroc } from '../index.js';

const samples = fc
  .array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 }), fc.constantFrom(0, 1)), {
    minLength: 4,
    maxLength: 30,
  })
  .filter((rows) => [0, 1].every((kind) => rows.filter(([, , label]) => label === kind).length >= 2))
  .map((rows) => ({
    a: rows.map(([score]) => score),
    b: rows.map(([, score]) => score),
    labels: rows.map(([, , label]) => label),
  }));

/** DeLong's covariance of two AUROCs as it is written in the paper: over all pairs of samples. */
function covarianceOfAllPairs(a: number[], b: number[], labels: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const kernel = (x: number, y: number) => (x > y ? 1 : x === y ? 0.5 : 0);
  const indices = (kind: number) => labels.flatMap((label, i) => (label === kind ? [i] : []));
  const at = (scores: number[], i: number) => scores[i] ?? Number.NaN;
  const ofPositives = (s: number[]) =>
    indices(1).map((i) => mean(indices(0).map((j) => kernel(at(s, i), at(s, j)))));
  const ofNegatives = (s: number[]) =>
    indices(0).map((j) => mean(indices(1).map((i) => kernel(at(s, i), at(s, j)))));
  const part = (x: number[], y: number[]) =>
    x.reduce((sum, value, i) => sum + (value - mean(x)) * (at(y, i) - mean(y)), 0) /
    (x.length - 1) /
    x.length;
  return part(ofPositives(a), ofPositives(b)) + part(ofNegatives(a), ofNegatives(b));
}

test('AUROC, standard error and paired test equal their definition over all pairs', () => {
  fc.assert(
    fc.property(samples, ({ a, b, labels }) => {
      const [ofA, ofB] = [a, b].map((scores) => aurocInterval(scores, labels));
      expect(ofA?.auroc).toBeCloseTo(auroc(a, labels), 13);
      const [varianceA, varianceB] = [covarianceOfAllPairs(a, a, labels), covarianceOfAllPairs(b, b, labels)];
      expect(ofA?.standardError).toBeCloseTo(Math.sqrt(varianceA), 12);
      expect(ofB?.standardError).toBeCloseTo(Math.sqrt(varianceB), 12);
      const variance = varianceA + varianceB - 2 * covarianceOfAllPairs(a, b, labels);
      if (variance < 1e-12) return;
      const { difference, interval, pValue } = compareAuroc(a, b, labels);
      expect(difference).toBeCloseTo(auroc(a, labels) - auroc(b, labels), 13);
      const half = 1.959963984540054 * Math.sqrt(variance);
      expect(interval[0]).toBeCloseTo(Math.max(-1, difference - half), 12);
      expect(interval[1]).toBeCloseTo(Math.min(1, difference + half), 12);
      // 1.96 standard errors away is p = 0.05: the p-value and the interval agree.
      if (Math.abs(pValue - 0.05) > 1e-9) expect(pValue < 0.05).toBe(Math.abs(difference) > half);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('turning the scores round, or an increasing map of them, changes neither error nor p', () => {
  fc.assert(
    fc.property(samples, ({ a, labels }) => {
      const straight = aurocInterval(a, labels);
      const turned = aurocInterval(
        a.map((s) => -s),
        labels,
      );
      expect(turned.auroc).toBeCloseTo(1 - straight.auroc, 13);
      expect(turned.standardError).toBeCloseTo(straight.standardError, 13);
      expect(turned.interval[0]).toBeCloseTo(1 - straight.interval[1], 12);
      expect(
        aurocInterval(
          a.map((s) => s ** 3 - 7),
          labels,
        ),
      ).toEqual(straight);
      expect(
        compareAuroc(
          a,
          a.map((s) => Math.exp(s)),
          labels,
        ),
      ).toMatchObject({ difference: 0, pValue: 1 });
    }),
    { numRuns: 200, seed: 2 },
  );
});

describe('without an error to go by, Newcombe', () => {
  test('its ends solve |Â − A| = z·√V(A), the definition', () => {
    for (const [labels, scores, estimate] of [
      [[0, 0, 0, 1, 1], [1, 2, 3, 4, 5], 1],
      [[0, 1, 1, 1], [3, 1, 2, 0], 0],
      [[1, 0, 0], [2, 1, 3], 0.5],
      [[0, 0, 1, 1], [7, 7, 7, 7], 0.5],
    ] as const) {
      const { auroc: value, interval, method } = aurocInterval(scores, labels);
      expect([value, method]).toEqual([estimate, 'newcombe']);
      const m = labels.filter((label) => label === 1).length;
      const n = labels.length - m;
      const ends = interval.filter((end) => end !== estimate);
      expect(ends.length).toBe(estimate === 0.5 ? 2 : 1);
      for (const a of ends) {
        const extra = (m + n) / 2 - 1;
        const variance = (a * (1 - a) * (1 + (extra * (1 - a)) / (2 - a) + (extra * a) / (1 + a))) / (m * n);
        expect(Math.abs(estimate - a) / Math.sqrt(variance)).toBeCloseTo(1.959963984540054, 9);
      }
    }
  });

  test('a perfect detector is less certain on fewer images', () => {
    const low = (n: number) =>
      aurocInterval(
        Array.from({ length: 2 * n }, (_, i) => i),
        Array.from({ length: 2 * n }, (_, i) => Number(i >= n)),
      ).interval[0];
    expect(low(5)).toBeLessThan(0.75);
    expect(low(50)).toBeGreaterThan(0.95);
  });

  test('the paired test has no value', () => {
    const code = expect.objectContaining({ code: 'UNDEFINED_METRIC' });
    expect(() => compareAuroc([1, 2, 3, 4], [4, 3, 2, 1], [0, 0, 1, 1])).toThrow(code);
    expect(() => compareAuroc([1, 2, 3], [1, 3, 2], [0, 0, 1])).toThrow(code);
  });
});

test('the interval holds the true AUROC in about 95 of 100 draws, the test rejects equal models in about 5', () => {
  const random = new Random(3);
  const labels = Uint8Array.from({ length: 60 }, (_, i) => Number(i < 25));
  let [covered, rejected] = [0, 0];
  for (let draw = 0; draw < 1000; draw++) {
    // Both models see the same image and add noise of their own: AUROC of N(1.5, 1.25) against N(0, 1.25).
    const truth = Float64Array.from(labels, (label) => random.normal() + 1.5 * label);
    const [a, b] = [
      truth.map((s) => s + random.normal() / 2),
      truth.map((s) => s + random.normal() / 2),
    ] as const;
    const [low, high] = aurocInterval(a, labels).interval;
    if (low <= 0.8286091444 && 0.8286091444 <= high) covered++; // Φ(1.5/√2.5)
    if (compareAuroc(a, b, labels).pValue < 0.05) rejected++;
  }
  expect(covered / 1000).toBeGreaterThan(0.93);
  expect(covered / 1000).toBeLessThan(0.97);
  expect(rejected / 1000).toBeGreaterThan(0.03);
  expect(rejected / 1000).toBeLessThan(0.075);
});
