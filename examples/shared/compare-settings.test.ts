import { Random } from '@mint/data';
import { auroc } from '@mint/metrics';
import { expect, it } from 'vitest';
import { compareSettings } from './compare-settings.js';
import type { RunResult } from './result-file.js';

const metrics: RunResult['metrics'] = { perClass: {}, classMean: {}, pooled: { normal: 24, anomalous: 15 } };
const protocol = {} as RunResult['protocol'];
const run = (setting: string, seed: number, scores: readonly number[]): RunResult => ({
  data: 'd',
  setting,
  seed,
  steps: 1,
  trainingSeconds: 1,
  model: `${setting}-${seed}`,
  protocol,
  metrics,
  scores,
});

/** 13 images of each of 3 classes, 5 of them anomalous; scores with ties, higher by `gap` for anomalous ones. */
function images(seed: number, gaps: readonly number[]) {
  const random = new Random(seed);
  const shown = gaps.flatMap((_, k) => Array.from({ length: 13 }, () => k));
  const anomalous = shown.map((_, i): 0 | 1 => (i % 13 < 5 ? 1 : 0));
  const scores = shown.map((k, i) =>
    Math.round(8 * (random.uniform() + (anomalous[i] ?? 0) * (gaps[k] ?? 0))),
  );
  return { classes: gaps.map((_, k) => `c${k}`), shown, anomalous, scores };
}

it('its differences are those of the AUROCs of @mint/metrics', () => {
  const [a0, a1, b0, b1] = [
    images(0, [0.7, 0.2, 0.5]),
    images(1, [0.7, 0.2, 0.5]),
    images(2, [0.3, 0.4, 0.5]),
    images(3, [0.3, 0.4, 0.5]),
  ];
  const compared = compareSettings(
    {
      runs: [run('a', 0, a0.scores), run('a', 1, a1.scores), run('b', 0, b0.scores), run('b', 1, b1.scores)],
      testSets: { d: a0 },
    },
    'd',
    'a',
    'b',
  );
  const ofClass = ({ shown, anomalous, scores }: typeof a0, k?: number) => {
    const kept = shown.flatMap((of, i) => (k === undefined || of === k ? [i] : []));
    return auroc(
      kept.map((i) => scores[i] ?? 0),
      kept.map((i) => anomalous[i] ?? 0),
    );
  };
  const classMean = (one: typeof a0) => [0, 1, 2].reduce((sum, k) => sum + ofClass(one, k) / 3, 0);
  expect(compared.classMean.difference).toBeCloseTo(
    (classMean(a0) + classMean(a1) - classMean(b0) - classMean(b1)) / 2,
    12,
  );
  expect(compared.pooled.difference).toBeCloseTo(
    (ofClass(a0) + ofClass(a1) - ofClass(b0) - ofClass(b1)) / 2,
    12,
  );
  const byClass = [0, 1, 2].map((k) => ofClass(a0, k) + ofClass(a1, k) - ofClass(b0, k) - ofClass(b1, k));
  expect(compared.classes).toEqual([
    byClass.filter((d) => d > 0).length,
    byClass.filter((d) => d === 0).length,
    byClass.filter((d) => d < 0).length,
  ]);
  const [low, high] = compared.classMean.interval;
  expect(low).toBeLessThan(compared.classMean.difference);
  expect(high).toBeGreaterThan(compared.classMean.difference);
});

it('finds nothing between a setting and itself, and everything where one is always right', () => {
  const { scores, ...testSet } = images(4, [0.4, 0.4, 0.4]);
  const right = testSet.anomalous.map((kind) => kind);
  const wrong = testSet.anomalous.map((kind) => 1 - kind);
  const file = {
    runs: [0, 1, 2].flatMap((seed) => [
      run('same', seed, scores),
      run('right', seed, right),
      run('wrong', seed, wrong),
    ]),
    testSets: { d: testSet },
  };
  expect(compareSettings(file, 'd', 'same', 'same').classMean).toEqual({
    difference: 0,
    interval: [0, 0],
    pValue: 1,
  });
  expect(compareSettings(file, 'd', 'right', 'wrong').pooled).toEqual({
    difference: 1,
    interval: [1, 1],
    pValue: 2 / 2001,
  });
});

it('its interval holds no difference in about nineteen of twenty studies without one', () => {
  const studies = Array.from({ length: 40 }, (_, study) => {
    const [a, b] = [images(1000 + 2 * study, [0.3, 0.3, 0.3]), images(1001 + 2 * study, [0.3, 0.3, 0.3])];
    const file = { runs: [run('a', 0, a.scores), run('b', 0, b.scores)], testSets: { d: a } };
    return compareSettings(file, 'd', 'a', 'b').classMean.interval;
  });
  const missed = studies.filter(([low, high]) => low > 0 || high < 0).length;
  // 2 of 40 are expected; more than 6 have a chance of 0.3 %.
  expect(missed).toBeLessThanOrEqual(6);
  expect(missed).toBeGreaterThan(0);
});

it('images of no class count in the pooled AUROC alone', () => {
  const { scores, ...all } = images(6, [0.6, 0.3]);
  const testSet = { ...all, shown: all.shown.map((k, i) => (all.anomalous[i] === 1 ? -1 : k)) };
  const flat = scores.map(() => 0);
  const file = { runs: [run('a', 0, scores), run('b', 0, flat)], testSets: { d: testSet } };
  const { classMean, pooled, classes } = compareSettings(file, 'd', 'a', 'b');
  expect(classMean.difference).toBeNaN();
  expect(classes).toEqual([0, 0, 0]);
  expect(pooled.difference).toBeCloseTo(auroc(scores, all.anomalous) - 0.5, 12);
  // Anomalous images are drawn as well.
  expect(pooled.interval[1] - pooled.interval[0]).toBeGreaterThan(0.1);
});

it('refuses settings that were not run with the same seeds', () => {
  const { scores, ...testSet } = images(5, [0.4]);
  const file = { runs: [run('a', 0, scores), run('b', 1, scores)], testSets: { d: testSet } };
  expect(() => compareSettings(file, 'd', 'a', 'b')).toThrow('d: a and b were not run with the same seeds');
});
