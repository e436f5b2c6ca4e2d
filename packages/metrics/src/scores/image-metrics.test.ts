import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auroc, averagePrecision, f1Max, imageMetrics, MintError } from '../index.js';

/** Few distinct values, so most samples tie; among them every kind of float32 that a bit-wise sort can get wrong. */
const score = fc.oneof(
  fc.constantFrom(-Infinity, -1.5, -(2 ** -149), -0, 0, 2 ** -149, 2 ** -126, 0.5, 1, 3.4e38, Infinity),
  fc.integer({ min: -3, max: 3 }),
  fc.float({ noNaN: true }),
);
const samples = fc
  .array(fc.tuple(score.map(Math.fround), fc.constantFrom(0, 1)), { minLength: 2, maxLength: 40 })
  .filter((rows) => new Set(rows.map(([, label]) => label)).size === 2)
  .map((rows) => ({ scores: rows.map(([s]) => s), labels: rows.map(([, label]) => label) }));

/** Share of (anomalous, normal) pairs in the right order. */
function pairwiseAuroc(scores: number[], labels: number[]): number {
  const of = (kind: number) => scores.filter((_, i) => labels[i] === kind);
  const wins = of(1).flatMap((a) => of(0).map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

/** Precision and recall at every distinct score from the highest down, each counted independently. */
function operatingPoints(scores: number[], labels: number[]) {
  const positives = labels.filter((label) => label === 1).length;
  return [...new Set(scores.map((s) => s + 0))]
    .sort((a, b) => (a < b ? 1 : -1))
    .map((threshold) => {
      const found = labels.filter((_, i) => (scores[i] ?? Number.NaN) >= threshold);
      const hits = found.filter((label) => label === 1).length;
      return { threshold, precision: hits / found.length, recall: hits / positives };
    });
}

describe('imageMetrics equals the definitions, counted the slow way', () => {
  test.each([
    ['float32, radix sort', (scores: number[]) => Float32Array.from(scores)],
    ['numbers, comparison sort', (scores: number[]) => scores],
  ])('%s', (_, convert) => {
    fc.assert(
      fc.property(samples, ({ scores, labels }) => {
        const got = imageMetrics(convert(scores), labels);
        expect(got.auroc).toBeCloseTo(pairwiseAuroc(scores, labels), 12);

        const points = operatingPoints(scores, labels);
        const ap = points.reduce((sum, { precision, recall }, i) => {
          return sum + precision * (recall - (points[i - 1]?.recall ?? 0));
        }, 0);
        expect(got.ap).toBeCloseTo(ap, 12);

        const f1 = points.map(({ precision: p, recall: r }) => (p + r === 0 ? 0 : (2 * p * r) / (p + r)));
        const best = Math.max(...f1);
        expect(got.f1Max).toBeCloseTo(best, 12);
        const lowest = points.findLast((_, i) => (f1[i] ?? 0) > best - 1e-9);
        expect(got.f1Threshold).toBe(lowest?.threshold);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

test('float64 scores that are one in float32 stay apart', () => {
  expect(imageMetrics([1, 1 + 1e-12], [0, 1]).auroc).toBe(1);
  expect(imageMetrics(Float64Array.of(1, 1 + 1e-12), [0, 1]).f1Threshold).toBe(1 + 1e-12);
});

test('only the order of the scores counts', () => {
  fc.assert(
    fc.property(samples, ({ scores, labels }) => {
      const order = [...new Set(scores.map((s) => s + 0))].sort((a, b) => (a < b ? -1 : 1));
      const ranks = scores.map((s) => order.indexOf(s + 0));
      const { f1Threshold: rank, ...metrics } = imageMetrics(ranks, labels);
      expect(imageMetrics(Float32Array.from(scores), labels)).toEqual({
        ...metrics,
        f1Threshold: order[rank],
      });
    }),
    { numRuns: 300, seed: 2 },
  );
});

test('turning the scores round turns AUROC round', () => {
  fc.assert(
    fc.property(samples, ({ scores, labels }) => {
      const turned = scores.map((s) => -s);
      expect(auroc(turned, labels)).toBeCloseTo(1 - auroc(scores, labels), 12);
    }),
    { numRuns: 300, seed: 3 },
  );
});

test('the functions for one metric give the same numbers, and leave their arguments alone', () => {
  const scores = Float32Array.of(0.25, -0, 0.75, 0.5, 0.75);
  const labels = Uint8Array.of(0, 1, 1, 0, 0);
  const all = imageMetrics(scores, labels);
  expect(all).toEqual({ auroc: 5 / 12, ap: 0.45, f1Max: 4 / 7, f1Threshold: 0 });
  expect(auroc(scores, labels)).toBe(all.auroc);
  expect(averagePrecision(scores, labels)).toBe(all.ap);
  expect(f1Max(scores, labels)).toEqual({ value: all.f1Max, threshold: all.f1Threshold });
  expect([[...scores], [...labels]]).toEqual([
    [0.25, -0, 0.75, 0.5, 0.75],
    [0, 1, 1, 0, 0],
  ]);
});

describe.each([
  ['auroc', auroc],
  ['averagePrecision', averagePrecision],
  ['f1Max', f1Max],
  ['imageMetrics', imageMetrics],
] as const)('%s has no value', (name, metric) => {
  test.each([
    [
      'without samples',
      [],
      [],
      'UNDEFINED_METRIC',
      'undefined, because there are no samples; it needs both kinds.',
    ],
    [
      'for normal samples only',
      [1, 2],
      [0, 0],
      'UNDEFINED_METRIC',
      'undefined, because there are only normal samples; it needs both kinds.',
    ],
    [
      'for anomalous samples only',
      [1, 2],
      [1, 1],
      'UNDEFINED_METRIC',
      'undefined, because there are only anomalous samples; it needs both kinds.',
    ],
    [
      'for unequal lengths',
      [1, 2, 3],
      [0, 1],
      'SHAPE_MISMATCH',
      'scores and labels must have one length, got 3 and 2.',
    ],
    [
      'for a NaN score',
      [1, Number.NaN],
      [0, 1],
      'INVALID_ARGUMENT',
      'a score must be a number, got NaN at position 1.',
    ],
    [
      'for another label',
      [1, 2, 3],
      [0, 1, 255],
      'INVALID_ARGUMENT',
      'a label must be 0 or 1, got 255 at position 2.',
    ],
  ])('%s', (_, scores, labels, code, message) => {
    for (const convert of [(s: number[]) => s, (s: number[]) => Float32Array.from(s)]) {
      const compute = () => metric(convert(scores), labels);
      expect(compute).toThrow(expect.objectContaining({ code, message: `${name}: ${message}` }));
      expect(compute).toThrow(expect.toSatisfy(MintError.isInstance));
    }
  });
});
