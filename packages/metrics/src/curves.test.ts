import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auPro, auroc, averagePrecision, precisionRecallCurve, proCurve, rocCurve } from './index.js';

const SIZE = { width: 7, height: 5 };
const stacks = fc
  .record({ seed: fc.nat(), levels: fc.constantFrom(1, 3, 10, 1000), density: fc.constantFrom(0.1, 0.5) })
  .map(({ seed, levels, density }) => {
    const random = new Random(seed);
    const masks = Uint8Array.from({ length: 3 * 35 }, () => Number(random.uniform() < density));
    masks.set([0, 1]);
    return { masks, maps: Float32Array.from(masks, (mask) => random.int(levels) + (mask * levels) / 3) };
  });

const at = (values: Float64Array, i: number) => values[i] ?? Number.NaN;
const trapezoids = (x: Float64Array, y: Float64Array) =>
  x.slice(1).reduce((sum, value, i) => sum + ((value - at(x, i)) * (at(y, i + 1) + at(y, i))) / 2, 0);

test('the areas under the curves are AUROC, AP and AUPRO', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks }) => {
      const roc = rocCurve(maps, masks);
      expect(trapezoids(roc.fpr, roc.tpr)).toBeCloseTo(auroc(maps, masks), 12);
      const pr = precisionRecallCurve(maps, masks);
      const steps = pr.recall.reduce(
        (sum, r, i) => sum + (r - (pr.recall[i - 1] ?? 0)) * at(pr.precision, i),
        0,
      );
      expect(steps).toBeCloseTo(averagePrecision(maps, masks), 12);
      const pro = proCurve(maps, masks, SIZE);
      expect(trapezoids(pro.fpr, pro.pro)).toBeCloseTo(auPro(maps, masks, SIZE, { fprLimit: 1 }), 12);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('every point equals an independent count at its threshold', () => {
  fc.assert(
    fc.property(stacks, fc.constantFrom(undefined, 2, 5, 20), ({ maps, masks }, maxPoints) => {
      const options = maxPoints === undefined ? {} : { maxPoints };
      const counts = (threshold: number) => {
        const found = [...maps.keys()].filter((i) => (maps[i] ?? Number.NaN) >= threshold);
        const tp = found.filter((i) => masks[i] === 1).length;
        return { tp, fp: found.length - tp };
      };
      const positives = masks.filter((mask) => mask === 1).length;
      const negatives = masks.length - positives;
      const roc = rocCurve(maps, masks, options);
      roc.thresholds.forEach((threshold, i) => {
        const { tp, fp } = counts(threshold);
        expect([at(roc.fpr, i), at(roc.tpr, i)]).toEqual([fp / negatives, tp / positives]);
      });
      const pr = precisionRecallCurve(maps, masks, options);
      pr.thresholds.forEach((threshold, i) => {
        const { tp, fp } = counts(threshold);
        expect([at(pr.precision, i), at(pr.recall, i)]).toEqual([tp / (tp + fp), tp / positives]);
      });
      const pro = proCurve(maps, masks, SIZE, options);
      pro.thresholds.forEach((threshold, i) => {
        expect(at(pro.fpr, i)).toBe(counts(threshold).fp / negatives);
      });
      for (const { thresholds } of [roc, pr, pro]) {
        expect(thresholds.length).toBeLessThanOrEqual(maxPoints ?? Number.POSITIVE_INFINITY);
        expect([...thresholds].every((t, i) => i === 0 || t < at(thresholds, i - 1))).toBe(true);
      }
      expect([at(roc.fpr, 0), at(roc.tpr, 0), at(roc.thresholds, 0)]).toEqual([
        0,
        0,
        Number.POSITIVE_INFINITY,
      ]);
      expect([roc.fpr.at(-1), roc.tpr.at(-1), pr.recall.at(-1)]).toEqual([1, 1, 1]);
      expect(pro.fpr.at(-1)).toBe(1);
      expect(pro.pro.at(-1)).toBeCloseTo(1, 12);
    }),
    { numRuns: 100, seed: 2 },
  );
});

test('few points of a long curve keep its shape', () => {
  const random = new Random(4);
  const labels = Uint8Array.from({ length: 50_000 }, (_, i) => Number(i % 20 === 0));
  const scores = Float32Array.from(labels, (label) => random.normal() + 1.5 * label);
  const { fpr, tpr } = rocCurve(scores, labels, { maxPoints: 200 });
  expect(fpr.length).toBeGreaterThan(180);
  expect(fpr.length).toBeLessThanOrEqual(200);
  expect(Math.abs(trapezoids(fpr, tpr) - auroc(scores, labels))).toBeLessThan(5e-4);
});

describe('points that are left out', () => {
  const scores = Array.from({ length: 16 }, (_, i) => 16 - i);
  // A staircase of 16 steps of one length.
  const labels = scores.map((score) => 1 - (score % 2));

  test.each([
    [2, [0, 1]],
    [3, [0, 0.5, 1]],
    [5, [0, 0.25, 0.5, 0.75, 1]],
  ])('leave %i at equal distances along the curve', (maxPoints, points) => {
    const { fpr, tpr, thresholds } = rocCurve(scores, labels, { maxPoints });
    expect([[...fpr], [...tpr]]).toEqual([points, points]);
    expect([...thresholds].slice(1)).toEqual(points.slice(1).map((share) => 17 - 16 * share));
  });

  test('are none where all corners may stay, however far apart', () => {
    const { fpr, tpr } = rocCurve([4, 3, 2, 1], [1, 0, 0, 1], { maxPoints: 4 });
    expect([[...fpr], [...tpr]]).toEqual([
      [0, 0, 1, 1],
      [0, 0.5, 0.5, 1],
    ]);
  });
});

test('the PRO curve goes through the mean of the regions found at each threshold', () => {
  // Regions of one and of two pixels; a normal pixel between their scores and two below.
  const { fpr, pro } = proCurve([9, 1, 8, 6, 1, 7], [1, 0, 1, 1, 0, 0], { width: 6, height: 1 });
  expect([...fpr]).toEqual([0, 0, 0, 1 / 3, 1 / 3, 1]);
  expect([...pro]).toEqual([0, 1 / 2, 3 / 4, 3 / 4, 1, 1]);
});

describe.each([
  ['rocCurve', rocCurve],
  ['precisionRecallCurve', precisionRecallCurve],
] as const)('%s', (name, curve) => {
  test('refuses what its area refuses, and less than two points', () => {
    expect(() => curve([1, 2], [0, 0])).toThrow(
      expect.objectContaining({ code: 'UNDEFINED_METRIC', message: expect.stringMatching(`^${name}: `) }),
    );
    for (const maxPoints of [1, 2.5, Number.NaN]) {
      expect(() => curve([1, 2], [0, 1], { maxPoints })).toThrow(
        '`maxPoints` must be an integer of at least 2',
      );
    }
  });
});
