import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { evaluateClasses, type ImageResult, METRIC_NAMES, type MetricValues } from '../index.js';
import { middle95, resampleClasses } from './resample.js';

const SIZE = { width: 125, height: 80 };
const PIXELS = 10_000;

/** 16 images of two classes, each with the 10,000 pixels that AUPIMO needs; scores from `levels` values. */
function draw(levels: number): ImageResult[] {
  const random = new Random(levels);
  const round = (score: number) => Math.fround(Math.round(score * levels) / levels);
  return Array.from({ length: 16 }, (_, i) => {
    const anomalous = i % 4 > 2;
    const mask = new Uint8Array(PIXELS);
    if (anomalous) mask.fill(1, 100, 130 + random.int(60)).fill(1, 900, 910);
    const map = Float32Array.from(mask, (value) => round(random.normal() + 2 * value));
    const base = {
      className: i < 8 ? 'nut' : 'bolt',
      score: round(random.normal() + Number(anomalous)),
      anomalous,
    };
    return { ...base, map, size: SIZE, ...(anomalous ? { mask } : {}) };
  });
}

function expectNear(got: MetricValues | undefined, want: MetricValues | undefined, tolerance: number): void {
  for (const name of METRIC_NAMES) {
    expect(want?.[name], name).toBeDefined();
    expect(Math.abs((got?.[name] ?? Number.NaN) - (want?.[name] ?? Number.NaN)), name).toBeLessThan(
      tolerance,
    );
  }
}

describe('metrics of the draws', () => {
  test.each([
    ['are exact while scores have few values', 20, 1e-12],
    ['are near with many values', 1e6, 5e-3],
  ])('%s', (_, levels, tolerance) => {
    const images = draw(levels);
    const one = images.map((image) => ({ ...image, className: 'one' }));
    const [draws, exact] = [resampleClasses(one, { seed: 1, replicates: 100 }), evaluateClasses(one)];
    expectNear(draws.perClass[0]?.reference, exact.perClass.one, tolerance);
    expectNear(draws.classMean.reference, exact.classMean, tolerance);
    expectNear(draws.pooled.reference, exact.pooled, tolerance);
  });

  test('follow the seed, keep the kinds, and have the classes’ mean', () => {
    const images = draw(20);
    const { pooled, perClass, classMean } = resampleClasses(images, { seed: 3, replicates: 100 });
    expect(resampleClasses(images, { seed: 3, replicates: 100 }).pooled).toEqual(pooled);
    // With one image of a kind nothing can change.
    const single = [images[0], images[3]] as ImageResult[];
    const fixed = resampleClasses(single, { seed: 3, replicates: 100 });
    for (const replicate of fixed.pooled.replicates) expect(replicate).toEqual(fixed.pooled.reference);
    // Class means are means of the classes' draws.
    classMean.replicates.forEach((replicate, i) => {
      const [nut, bolt] = perClass.map((draws) => draws.replicates[i]?.auPro ?? Number.NaN) as [
        number,
        number,
      ];
      expect(replicate.auPro).toBeCloseTo((nut + bolt) / 2, 13);
    });
  });

  test('of an image drawn twice equal those of a list that has it twice', () => {
    // Two images of each kind: a draw has the first twice, both, or the second twice, which makes nine lists.
    const images = draw(20)
      .slice(1, 8)
      .filter(({ anomalous }, i) => anomalous || i < 2);
    const [good, bad] = [false, true].map((kind) => images.filter(({ anomalous }) => anomalous === kind));
    const pairs = (of: ImageResult[] = []) =>
      [
        [0, 0],
        [0, 1],
        [1, 1],
      ].map((pair) => pair.map((i) => of[i] as ImageResult));
    const lists = pairs(good).flatMap((normal) =>
      pairs(bad).map((anomalous) => evaluateClasses([...normal, ...anomalous]).pooled),
    );
    const seen = new Set<number>();
    for (const replicate of resampleClasses(images, { seed: 5, replicates: 200 }).pooled.replicates) {
      const which = lists.findIndex((list) => Math.abs((list.auPro ?? 0) - (replicate.auPro ?? 1)) < 1e-12);
      seen.add(which);
      expectNear(replicate, lists[which], 1e-12);
    }
    expect(seen.size).toBe(9);
    expect(seen).not.toContain(-1);
  });
});

// numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], [.025, .975])
test('middle95() equals numpy', () => {
  const [low, high] = middle95([3, 1, 4, 1, 5, 9, 2, 6]);
  expect(low).toBeCloseTo(1, 14);
  expect(high).toBeCloseTo(8.475, 13);
});
