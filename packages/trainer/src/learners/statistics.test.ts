import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx } from '@mint/backend-onnx';
import { proceduralDataset, type Sample, splitHoldout } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { readFeatures } from '../features/cached-features.js';
import {
  addClass,
  cacheFeatures,
  comparePredictions,
  type FeatureCache,
  FIT_CLASS,
  featureBatches,
  PRESETS,
  trainDetector,
} from '../index.js';
import { coverage } from './memory.js';

await tf.setBackend('onnx');

const NEW = 'gear';
const dataset = proceduralDataset({
  seed: 4,
  trainPerClass: 24,
  testGoodPerClass: 6,
  defectsPerClass: 2,
  size: 32,
});
const classes = dataset.classes.filter((name) => name !== NEW);
const of = (names: readonly string[], choose: (sample: Sample) => boolean) =>
  dataset.samples
    .filter((sample) => names.includes(sample.className) && choose(sample))
    .map((sample) => ({ ...sample, classIndex: names.indexOf(sample.className) }));
const training = ({ split, label }: Sample) => split === 'train' && label === 'normal';

describe.each([
  ['gaussian', undefined],
  ['gaussian', 2],
  ['memory', undefined],
] as const)('%s, scales: %s', (model, scales) => {
  let cache: FeatureCache;
  let detector: MintDetector;
  let out: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mint-statistics-'));
    out = join(folder, 'run');
    const result = await trainDetector({
      dataset: { ...dataset, classes, samples: of(classes, () => true) },
      detector: { ...tinyConfig(classes), map: 'whitened-by-class-and-place', model, scales },
      train: { ...PRESETS.quick.train, holdout: 0.5, seed: 1 },
      alpha: 0.1,
      cache: join(folder, 'features'),
      out,
    });
    expect(result.steps).toBe(0);
    ({ detector, cache } = result);
  });

  test('good images it has not seen are as near to it as it thinks, and defects further away', async () => {
    const { channels } = detector;
    const { normalScores = {} } = detector.calibration ?? {};
    const scores = { good: [] as number[], bad: [] as number[] };
    const tests = of(classes, ({ split }) => split === 'test');
    for await (const batch of featureBatches(detector, cache, tests)) {
      const features = tf.tensor4d(batch.features, [batch.samples.length, 2, 2, channels]);
      const predictions = await detector.predictFeatures(features);
      batch.samples.forEach(({ label, className }, i) => {
        expect(predictions[i]?.className).toBe(className);
        scores[label === 'normal' ? 'good' : 'bad'].push(predictions[i]?.score ?? Number.NaN);
      });
    }
    const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
    // Cross-fitted: residuals have about unit covariance on images that the model has not seen.
    const expected = Math.sqrt(channels);
    expect(mean(Object.values(normalScores).flat()) / expected).toBeGreaterThan(0.6);
    expect(mean(Object.values(normalScores).flat()) / expected).toBeLessThan(1.6);
    expect(mean(scores.bad)).toBeGreaterThan(mean(scores.good) * 1.05);
  });

  test('the saved model predicts the same bit for bit, and so does an exported file but for rounding', async () => {
    const loaded = await MintDetector.load(join(out, 'model'));
    const images = await cacheFeatures(detector, cache, of(classes, training).slice(0, 5));
    const values = await readFeatures(cache, images);
    const features = tf.tensor4d(values, [5, 2, 2, detector.channels]);
    expect(await loaded.predictFeatures(features)).toEqual(await detector.predictFeatures(features));
    const score = ({ tokens }: { [name: string]: tf.Tensor4D; tokens: tf.Tensor4D }) => ({
      ...detector.score(tokens),
    });
    const file = await exportOnnx(score, { tokens: tf.slice(features, [0, 0, 0, 0], [1, 2, 2, -1]) });
    const session = await ort.InferenceSession.create(file);
    const found = await session.run({
      tokens: new ort.Tensor('float32', values, [5, 2, 2, detector.channels]),
    });
    const expected = await detector.score(features).score.data();
    const exported = (found.score?.data ?? []) as Float32Array;
    expected.forEach((v, i) => {
      expect((exported[i] ?? 0) / v).toBeCloseTo(1, 4);
    });
  });

  test('a class is added without a step, and old images say what they said, bit for bit', async () => {
    const { fit, holdout } = splitHoldout(of([NEW], training), 0.4, 1);
    const before = tf.memory().numTensors;
    const added = await addClass(detector, NEW, {
      cache,
      fit: await cacheFeatures(detector, cache, fit),
      heldOut: holdout,
      config: { ...FIT_CLASS, seed: 0 },
      onStep: () => expect.unreachable('no step'),
    });
    expect(added.recognised).toBeGreaterThan(8);
    const olds = of(classes, ({ split }) => split === 'test');
    const changes = await comparePredictions(detector, added.detector, featureBatches(detector, cache, olds));
    expect(changes).toMatchObject({ images: olds.length, changed: 0, changedWhenGiven: 0 });
    const scores = Object.values(detector.calibration?.normalScores ?? {}).flat();
    const own = added.detector.calibration?.normalScores[NEW] ?? [];
    const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
    expect(median(own) / median(scores)).toBeGreaterThan(0.5);
    expect(median(own) / median(scores)).toBeLessThan(2);
    added.detector.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('two images of a class are enough, and so is one beside others', async () => {
    const names = classes.slice(0, 2);
    const few = names.flatMap((name, k) =>
      of(names, training)
        .filter((s) => s.className === name)
        .slice(0, 2 - k),
    );
    const { detector: small } = await trainDetector({
      dataset: { ...dataset, classes: names, samples: few },
      detector: { ...tinyConfig(names), map: 'whitened-by-class-and-place', model, scales },
      train: { ...PRESETS.quick.train, holdout: 0, seed: 1 },
      cache: join(out, 'features'),
    });
    const { placeWhitening, network } = small.toState();
    expect(placeWhitening?.triangles.every(Number.isFinite)).toBe(true);
    for (const { data } of Object.values(network)) expect(data.every(Number.isFinite)).toBe(true);
  });
});

test('coverage() takes the middle, then what lies furthest from all taken so far, and repeats what there is', () => {
  const vectors = [
    [0, 0],
    [1, 0],
    [9, 0],
    [0, 5],
  ].map((v) => Float32Array.from(v));
  const taken = (count: number) => coverage(vectors, count).map((v) => [...v]);
  expect(taken(3)).toEqual([
    [1, 0],
    [9, 0],
    [0, 5],
  ]);
  expect(taken(6)).toEqual([
    [1, 0],
    [9, 0],
    [0, 5],
    [0, 0],
    [1, 0],
    [9, 0],
  ]);
  expect(coverage([], 3)).toEqual([]);
});
