import '@mint/backend-onnx';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset } from '@mint/data';
import { rateWithLeftOut, setOf } from '@mint/detector';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { PRESETS, type TrainedDetector, trainDetector } from '../index.js';
import { standingOut, standOutLimit } from './stand-out.js';

await tf.setBackend('onnx');

describe('standOutLimit()', () => {
  test('is the median plus deviations, in any order and unit; more in a small class of training images', () => {
    const scores = [1, 2, 3, 4, 5, 6, 7, 8, 1000];
    expect(standOutLimit(scores, 'limits')).toBeCloseTo(5 + 4 * 1.4826 * 2, 9);
    expect(standOutLimit(scores, 'training')).toBeCloseTo(5 + 6 * 1.4826 * 2, 9);
    const many = Array.from({ length: 5 }, () => scores).flat();
    expect(standOutLimit(many, 'training')).toBe(standOutLimit(many, 'limits'));
    expect(
      standOutLimit(
        [...scores].reverse().map((v) => 3 * v),
        'limits',
      ),
    ).toBeCloseTo(3 * standOutLimit(scores, 'limits'), 9);
  });

  test('defective images, fewer than half, cannot raise it beyond what good ones have', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 10, max: 12, noNaN: true }), { minLength: 12, maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 1e3, max: 1e9, noNaN: true }),
        (good, bad, score) => {
          const limit = standOutLimit([...good, ...Array<number>(bad).fill(score)], 'limits');
          expect(limit).toBeLessThan(10 + 2 + 4 * 1.4826 * 2 + 1);
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test('nothing stands out among seven, nor among images that differ by rounding', () => {
    expect(standOutLimit([1, 1, 1, 1, 1, 1, 99], 'training')).toBe(Number.POSITIVE_INFINITY);
    const alike = Array.from({ length: 20 }, (_, i) => ({ className: 'nut', score: 5 + i * 1e-6 }));
    expect(standingOut(alike, 'training')).toEqual([]);
  });

  test('each class has its own limit, and the furthest out comes first', () => {
    const of = (className: string, scores: readonly number[]) =>
      scores.map((score) => ({ className, score }));
    const usual = [9, 10, 11, 9, 10, 11, 9, 10, 11];
    const images = [...of('nut', [...usual, 30]), ...of('gear', [...usual.map((v) => 3 * v), 300])];
    expect(standingOut(images, 'training').map(({ className, score }) => [className, score])).toEqual([
      ['gear', 300],
      ['nut', 30],
    ]);
  });
});

test('rateWithLeftOut() is a bound: all images that were left out were good, and each would have been an alarm', () => {
  // Of 60 exchangeable scores the last is new; the largest 3 of the others are left out, the limit is the largest kept.
  const [kept, out] = [56, 3];
  const alpha = 1 / (kept + 1);
  expect(rateWithLeftOut(alpha, kept, out)).toBeGreaterThanOrEqual((out + 1) / (kept + out + 1));
  expect(rateWithLeftOut(alpha, kept, 0)).toBe(alpha);
});

describe.each(['gaussian', 'memory'] as const)('%s with defective images among the good ones', (model) => {
  const PLANTED = 3;
  const clean = proceduralDataset({
    seed: 4,
    trainPerClass: 30,
    testGoodPerClass: 1,
    defectsPerClass: 4,
    size: 32,
  });
  const classes = clean.classes.slice(0, 2);
  const shown = clean.samples
    .filter(({ className }) => classes.includes(className))
    .map((sample) => ({ ...sample, classIndex: classes.indexOf(sample.className) }));
  const training = shown.filter(({ split }) => split === 'train');
  const planted = classes.flatMap((name) =>
    shown
      .filter(({ className, label }) => className === name && label === 'anomalous')
      .slice(0, PLANTED)
      .map(({ defect: _, ...sample }) => ({ ...sample, split: 'train' as const, label: 'normal' as const })),
  );
  let result: TrainedDetector;
  let tidy: TrainedDetector;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mint-suspects-'));
    const job = {
      detector: { ...tinyConfig(classes), map: 'whitened-by-class-and-place', model },
      train: { ...PRESETS.quick.train, holdout: 0.4, seed: 1 },
      alpha: 0.1,
      cache: join(folder, 'features'),
    } as const;
    result = await trainDetector({
      ...job,
      dataset: { ...clean, classes, samples: [...training, ...planted] },
    });
    tidy = await trainDetector({ ...job, dataset: { ...clean, classes, samples: training } });
  });

  test('they are named, furthest first, hardly a good one with them, and the model says how many', () => {
    const ids = new Set(planted.map(({ id }) => id));
    const { suspects } = result;
    const found = suspects.filter(({ sample }) => ids.has(sample.id));
    expect(found.length).toBeGreaterThanOrEqual(0.6 * planted.length);
    expect(suspects.length - found.length).toBeLessThanOrEqual(2);
    for (const { score, limit } of suspects) expect(score).toBeGreaterThan(limit);
    expect(result.detector.provenance?.suspects).toBe(suspects.length);
    const { fit, heldOut } = result.images;
    for (const { sample, leftOutOf } of suspects)
      expect((leftOutOf === 'training' ? fit : heldOut).map(({ id }) => id)).toContain(sample.id);
  });

  test('limits do without those held out, and say so', () => {
    const out = result.suspects.filter(({ leftOutOf }) => leftOutOf === 'limits');
    const known = result.detector.toState().images;
    for (const { contentHash } of out) expect(known && setOf(known, contentHash)).toBeUndefined();
    const { leftOut = {}, normalScores = {} } = result.detector.calibration ?? {};
    expect(out.length).toBeGreaterThan(0);
    for (const name of classes) {
      const own = out.filter(({ className }) => className === name);
      expect(leftOut[name] ?? 0).toBe(own.length);
      const held = result.images.heldOut.filter(({ className }) => className === name);
      expect(normalScores[name]).toHaveLength(held.length - own.length);
      for (const { score } of own) expect(Math.max(...(normalScores[name] ?? []))).toBeLessThan(score);
    }
  });

  test('clean images: hardly a suspect', () => {
    expect(tidy.suspects.length).toBeLessThanOrEqual(2);
    if (tidy.suspects.length === 0) expect(tidy.detector.provenance).not.toHaveProperty('suspects');
  });
});
