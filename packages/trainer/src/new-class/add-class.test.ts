import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset, type Sample, splitHoldout } from '@mint/data';
import { type DetectorConfig, MintDetector, networkSpecs } from '@mint/detector';
import { Random } from '@mint/internal';
import { drawWeights, toTensors } from '@mint/internal/tfjs';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  addClass,
  type CachedSample,
  cacheFeatures,
  calibrate,
  comparePredictions,
  type FeatureCache,
  type FitConfig,
  featureBatches,
  featureCacheOf,
  PRESETS,
  train,
  whiten,
} from '../index.js';
import { embeddingLoss } from './fit-embedding.js';

const NEW = 'gear';
const dataset = proceduralDataset({
  seed: 4,
  trainPerClass: 24,
  testGoodPerClass: 6,
  defectsPerClass: 1,
  size: 32,
});
const old = dataset.classes.filter((name) => name !== NEW);
const tiny = tinyConfig(old);
const config: DetectorConfig = {
  ...tiny,
  network: { ...tiny.network, decoderLayers: 2 },
  queries: { ...tiny.queries, embedding: 5, trunkWidth: 7, classifierWidth: 6 },
};
const fitConfig: FitConfig = { seed: 3, steps: 25, batchSize: 5, learningRate: 0.05, lambdaPrior: 1 };
const good = (split: Sample['split'], classes: readonly string[]) =>
  dataset.samples
    .filter((s) => s.split === split && classes.includes(s.className))
    .map((s) => ({ ...s, classIndex: classes.indexOf(s.className) }));

let cache: FeatureCache;
let before: MintDetector;
let fit: CachedSample[];
let heldOut: Sample[];

beforeAll(async () => {
  const blank = MintDetector.create(config);
  cache = featureCacheOf(await mkdtemp(join(tmpdir(), 'mint-add-')), blank);
  const parts = splitHoldout(good('train', old), 0.5, 1);
  const cached = await cacheFeatures(blank, cache, parts.fit);
  const { detector } = await train(blank, {
    cache,
    samples: cached,
    config: { ...PRESETS.cpu.train, seed: 1, epochs: 4, learningRate: 1e-2, dropout: 0 },
  });
  const known = MintDetector.fromState({
    ...detector.toState(),
    images: { fit: [], heldOut: [], test: ['0123456789abcdef'] },
  });
  const calibration = await calibrate(known, cache, parts.holdout, 0.1);
  before = MintDetector.fromState({ ...known.toState(), calibration });
  const own = splitHoldout(good('train', [NEW]), 0.4, 1);
  fit = await cacheFeatures(before, cache, own.fit);
  heldOut = own.holdout;
});

const add = (detector: MintDetector, change: Partial<FitConfig> = {}, name = NEW) =>
  addClass(detector, name, { cache, fit, heldOut, config: { ...fitConfig, ...change } });

test('the gradient of the loss in the embedding equals finite differences, in both feature scalings', async () => {
  for (const featureScaling of ['none', 'standardise'] as const) {
    const of = { ...config, featureScaling };
    const network = toTensors(drawWeights(networkSpecs(of), 2));
    const random = new Random(6);
    const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
    const tokens = tf.tensor3d(normal(3 * 4 * 19), [3, 4, 19]);
    const noise = tf.tensor3d(normal(3 * 4 * 19), [3, 4, 19]);
    const stats = { mean: tf.tensor1d(normal(19)), std: tf.tensor1d(normal(19).map((v) => 1 + v * v)) };
    const at = normal(5);
    const loss = (e: Float32Array) =>
      embeddingLoss(network, of, tf.tensor2d(e, [1, 5]), { tokens, noise }, stats, 0.7);
    const gradient = tf.grad((e) =>
      embeddingLoss(network, of, e as tf.Tensor2D, { tokens, noise }, stats, 0.7),
    );
    const got = await gradient(tf.tensor2d(at, [1, 5])).data();
    const step = 1e-2;
    for (let i = 0; i < 5; i++) {
      const moved = (by: number) => at.map((v, j) => (j === i ? v + by : v));
      // Fourth order: the network is single precision, so the steps cannot be small.
      const [a = 0, b = 0, c = 0, d = 0] = [-2, -1, 1, 2].map((k) => loss(moved(k * step)).dataSync()[0]);
      expect(got[i]).toBeCloseTo((a - 8 * b + 8 * c - d) / (12 * step), 2);
    }
    expect(Math.hypot(...got)).toBeGreaterThan(0.05);
  }
});

describe('addClass()', () => {
  test('fits what belongs to the class alone, the same with the same seed', async () => {
    const losses: number[] = [];
    const { detector } = await addClass(before, NEW, {
      cache,
      fit,
      heldOut,
      config: { ...fitConfig, steps: 60 },
      onStep: (_, loss) => losses.push(loss),
    });
    const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
    expect(losses).toHaveLength(60);
    expect(mean(losses.slice(-12))).toBeLessThan(mean(losses.slice(0, 12)));
    const [a, b] = [await add(before), await add(before)];
    expect(b.detector.toState()).toEqual(a.detector.toState());
    expect((await add(before, { seed: 4 })).detector.toState().added).not.toEqual(a.detector.toState().added);

    const [was, is] = [before.toState(), detector.toState()];
    expect(is).toMatchObject({
      backbone: was.backbone,
      network: was.network,
      featureMean: was.featureMean,
      featureStd: was.featureStd,
      whitening: was.whitening,
      classStats: was.classStats,
      config: { ...was.config, classes: [...old, NEW] },
    });
    // Limits of the others, and the scale for unknown classes, stay.
    const { thresholds: limitsBefore = {}, heatScale } = was.calibration ?? {};
    const { thresholds: { [NEW]: limit, ...limits } = {}, normalScores = {} } = is.calibration ?? {};
    expect(limits).toEqual(limitsBefore);
    expect(is.calibration?.heatScale).toEqual(heatScale);
    // The ⌈11 · 0.9⌉-th of ten scores.
    expect(limit?.image).toBe((normalScores[NEW] ?? []).toSorted((x, y) => x - y)[9]);
    expect(is.images?.fit).toHaveLength(14);
    expect(is.images?.heldOut).toHaveLength(10);
    expect(is.images?.test).toEqual(was.images?.test);
  });

  test('the class is recognised, and old images say what they said, bit for bit; so after a second class', async () => {
    const { detector: one, heldOut: count, recognised } = await add(before);
    expect(count).toBe(10);
    expect(recognised).toBeGreaterThan(8);
    const tests = good('test', old);
    const first = await comparePredictions(before, one, featureBatches(before, cache, tests));
    expect(first).toMatchObject({ images: tests.length, changed: 0, changedWhenGiven: 0 });
    expect(first.reassigned).toBeLessThan(0.1 * tests.length);
    const { detector: two } = await add(one, {}, 'second gear');
    const both = [...tests, ...good('test', [NEW])];
    const second = await comparePredictions(one, two, featureBatches(one, cache, both));
    expect(second).toMatchObject({ images: both.length, changed: 0, changedWhenGiven: 0 });
  });

  test('a map by class and place is measured in closed form; old images say what they said, bit for bit', async () => {
    const { whitening: _, ...state } = before.toState();
    const bare = MintDetector.fromState({
      ...state,
      config: { ...config, map: 'whitened-by-class-and-place' },
    });
    const parts = splitHoldout(good('train', old), 0.5, 1);
    const whitened = await whiten(bare, cache, await cacheFeatures(bare, cache, parts.fit));
    const calibration = await calibrate(whitened, cache, parts.holdout, 0.1);
    const byPlace = MintDetector.fromState({ ...whitened.toState(), calibration });
    const { detector, recognised } = await add(byPlace);
    expect(recognised).toBeGreaterThan(8);
    const [was, is] = [byPlace.toState(), detector.toState()];
    expect(is.placeWhitening).toEqual(was.placeWhitening);
    expect(is.added?.[0]?.whitening).toBeUndefined();
    // Images of the class have lengths like those that the trained classes have on theirs.
    const scores = (name: string) => is.calibration?.normalScores[name] ?? [];
    const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
    const typical = median(old.flatMap(scores));
    expect(median(scores(NEW)) / typical).toBeGreaterThan(0.5);
    expect(median(scores(NEW)) / typical).toBeLessThan(2);
    const changes = await comparePredictions(
      byPlace,
      detector,
      featureBatches(byPlace, cache, good('test', old)),
    );
    expect(changes).toMatchObject({ images: good('test', old).length, changed: 0, changedWhenGiven: 0 });
  });

  test('a detector that changed is found out', async () => {
    const state = before.toState();
    const bias = state.network['outputProj/bias'];
    const moved = { shape: [19], data: Float32Array.from(bias?.data ?? [], (v) => v + 1e-5) };
    const network = { ...state.network, 'outputProj/bias': moved };
    const changed = MintDetector.fromState({ ...state, network });
    const tests = good('test', old);
    const result = await comparePredictions(before, changed, featureBatches(before, cache, tests));
    expect(result.changed).toBe(tests.length);
    expect(result.changedWhenGiven).toBe(tests.length);
  });

  test('frees all but its result', async () => {
    const tensors = tf.memory().numTensors;
    const { detector } = await add(before, { steps: 3 });
    detector.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test.each([
    ['UniAD', { config: { ...config, model: 'uniad' as const } }, NEW, 'no class embeddings'],
    [
      'a prompt of features',
      { config: { ...config, queries: { ...config.queries, mode: 'feature' as const } } },
      NEW,
      "mode 'feature'",
    ],
    ['a model without limits', { calibration: undefined }, NEW, 'no limits'],
    ['a class it knows', {}, 'weave', 'knows it already'],
    ['a name of two lines', {}, 'a\nb', 'on one line'],
  ])('refuses %s', async (_what, change, name, message) => {
    const { calibration, ...state } = { ...before.toState(), ...change };
    const detector = MintDetector.fromState({ ...state, ...(calibration && { calibration }) });
    await expect(add(detector, {}, name)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });

  test('needs images', async () => {
    await expect(addClass(before, NEW, { cache, fit: [], heldOut, config: fitConfig })).rejects.toThrow(
      expect.objectContaining({ code: 'EMPTY_DATASET' }),
    );
  });
});
