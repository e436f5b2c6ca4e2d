import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset, type Sample, splitHoldout } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { METRIC_NAMES } from '@mint/metrics';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { TINY_TRAINING } from '../__fixtures__/tiny-net.js';
import {
  type CachedSample,
  cacheFeatures,
  calibrate,
  type EpochEvent,
  evaluate,
  type FeatureCache,
  featureBatches,
  featureCacheOf,
  type StepEvent,
  train,
} from '../index.js';

const dataset = proceduralDataset({
  seed: 1,
  trainPerClass: 4,
  testGoodPerClass: 2,
  defectsPerClass: 1,
  size: 32,
});
const config = TINY_TRAINING;

let folder: string;
let cache: FeatureCache;
let blank: MintDetector;
let samples: CachedSample[];
let holdout: Sample[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-train-'));
  blank = MintDetector.create(tinyConfig(dataset.classes));
  cache = featureCacheOf(join(folder, 'cache'), blank);
  const normals = dataset.samples.filter(({ split }) => split === 'train');
  const parts = splitHoldout(normals, config.holdout, config.seed);
  holdout = parts.holdout;
  samples = await cacheFeatures(blank, cache, parts.fit);
});

/** The log's steps, without what the clock decides. */
async function steps(runFolder: string): Promise<StepEvent[]> {
  const lines = (await readFile(join(runFolder, 'log.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.flatMap((line) => ('loss' in JSON.parse(line) ? [{ ...JSON.parse(line), ms: 0 }] : []));
}

const run = (options: Partial<Parameters<typeof train>[1]> = {}) =>
  train(blank, { cache, samples, config, ...options });

/** Names of the checkpoints; beside them lies what they belong to. */
const checkpointsIn = async (runFolder: string): Promise<string[]> =>
  (await readdir(join(runFolder, 'checkpoints'))).filter((name) => name.startsWith('step-'));

describe('train()', () => {
  test('the same seed gives the same weights, another seed others; the loss falls', async () => {
    const losses: number[] = [];
    const a = await run({ config: { ...config, epochs: 12 }, onStep: ({ mse }) => losses.push(mse) });
    const b = await run({ config: { ...config, epochs: 12 } });
    const c = await run({ config: { ...config, epochs: 12, seed: 3 } });
    expect(b.detector.toState().network).toEqual(a.detector.toState().network);
    expect(c.detector.toState().network).not.toEqual(a.detector.toState().network);
    const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
    expect(mean(losses.slice(-4))).toBeLessThan(0.9 * mean(losses.slice(0, 4)));
  });

  test('one product class alone can be trained', async () => {
    const [className = ''] = dataset.classes;
    const single = MintDetector.create({ ...tinyConfig(dataset.classes), classes: [className] });
    const of = samples.filter(({ sample }) => sample.className === className);
    const losses: number[] = [];
    const options = { cache, samples: of, config: { ...config, epochs: 30 } };
    const { detector } = await train(single, { ...options, onStep: ({ mse }) => losses.push(mse) });
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
    single.dispose();
    detector.dispose();
  });

  test('interrupted and resumed equals uninterrupted, bit for bit, at every step', async () => {
    const whole = await run();
    expect(whole).toMatchObject({ steps: 12, finished: true });
    for (const stopAt of [1, 4, 7]) {
      const runFolder = join(folder, `run${stopAt}`);
      const stop = new AbortController();
      const part = await run({
        runFolder,
        signal: stop.signal,
        onStep: ({ step }) => {
          if (step === stopAt) stop.abort();
        },
      });
      expect(part).toMatchObject({ steps: stopAt, finished: false });
      const resumed = await run({ runFolder, resume: true });
      const [got, want] = [resumed.detector.toState(), whole.detector.toState()];
      expect(got).toEqual(want);
      // The same order too: sums over all weights are rounded in it, which a small net may not show.
      expect(Object.keys(got.network)).toEqual(Object.keys(want.network));
    }
  });

  test('keeps the number of tensors from step to step and frees all but the result', async () => {
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    const { detector } = await run({ onStep: () => counts.push(tf.memory().numTensors) });
    expect(new Set(counts.slice(1)).size).toBe(1);
    detector.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('logs every step and epoch as a line of JSON', async () => {
    const runFolder = join(folder, 'logged');
    const events: (StepEvent | EpochEvent)[] = [];
    const see = (event: StepEvent | EpochEvent) => events.push(event);
    await run({ runFolder, onStep: see, onEpoch: see });
    const lines = (await readFile(join(runFolder, 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
    expect(events.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3]);
    const losses = events.slice(5, 9).map((event) => ('loss' in event ? event.loss : Number.NaN));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / 4;
    expect(events[9]).toEqual({ step: 8, epoch: 2, epochs: 3, meanLoss: mean });
  });

  test('refuses a checkpoint of another run, and none', async () => {
    const runFolder = join(folder, 'refused');
    await run({ runFolder, config: { ...config, epochs: 1 } });
    await expect(run({ runFolder, resume: true })).rejects.toThrow(
      /belongs to a run with other settings, .* train\.epochs is 3, was 1\.$/,
    );
    await run({ runFolder, config: { ...config, epochs: 1 } });
    await rm(join(runFolder, 'checkpoints'), { recursive: true });
    await expect(run({ runFolder, resume: true })).rejects.toThrow('there is no checkpoint to resume from');
  });

  test('resumes from the checkpoint before a damaged one, which it names, with a log as if nothing had happened', async () => {
    const whole = join(folder, 'undamaged');
    const { detector } = await run({ runFolder: whole });
    const runFolder = join(folder, 'damaged');
    const stop = new AbortController();
    const onStep = ({ step }: StepEvent) => step === 7 && stop.abort();
    await run({ runFolder, checkpointMinutes: 0, signal: stop.signal, onStep });
    const names = (await checkpointsIn(runFolder)).sort();
    expect(names.map((name) => name.replace(/[0-9a-f]{16}/, '#'))).toEqual(
      [5, 6, 7].map((step) => `step-00000${step}-#.safetensors`),
    );
    const [newest, second] = [2, 1].map((at) => join(runFolder, 'checkpoints', names[at] ?? ''));
    if (newest === undefined || second === undefined) throw new Error('no checkpoints');
    await truncate(newest, 1000);
    const bytes = await readFile(second);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(second, bytes);
    await writeFile(join(runFolder, 'log.jsonl'), '{"step":8,"los', { flag: 'a' });
    const warnings: string[] = [];
    const resumed = await run({ runFolder, resume: true, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([newest, second].map((path) => expect.stringContaining(`${path}: damaged`)));
    expect(resumed.detector.toState()).toEqual(detector.toState());
    expect(await steps(runFolder)).toEqual(await steps(whole));
    // The damaged ones are out of the way: 5 and 12 are left.
    expect(await checkpointsIn(runFolder)).toHaveLength(2);
    for (const name of await checkpointsIn(runFolder))
      await truncate(join(runFolder, 'checkpoints', name), 9);
    await expect(run({ runFolder, resume: true })).rejects.toThrow(
      expect.objectContaining({
        code: 'CORRUPT_FILE',
        message: expect.stringContaining('No other checkpoint'),
      }),
    );
  });

  test('starts again without the checkpoints, the log and the leftovers of an earlier run', async () => {
    const runFolder = join(folder, 'again');
    await run({ runFolder, checkpointMinutes: 0 });
    await writeFile(join(runFolder, 'checkpoints', '.0123456789ab.part'), 'half a checkpoint');
    await run({ runFolder, config: { ...config, epochs: 1 } });
    const left = await checkpointsIn(runFolder);
    expect(left).toEqual([expect.stringMatching(/^step-000004-/)]);
    expect((await steps(runFolder)).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });

  test('a folder that another run uses is refused, and free again after an error', async () => {
    const runFolder = join(folder, 'shared');
    const refused: unknown[] = [];
    // The first run waits for the second: one that had ended before the second looks would be no hindrance.
    const onStep = async ({ step }: StepEvent) => {
      if (step === 1) refused.push(await run({ runFolder }).catch((error: unknown) => error));
    };
    await run({ runFolder, onStep, config: { ...config, epochs: 20 } });
    expect(refused).toMatchObject([{ code: 'IN_USE' }]);
    await expect(run({ runFolder, memoryLimit: 1 })).rejects.toThrow('memoryLimit');
    await run({ runFolder, resume: true });
  });

  test('a loss that is not a number stops the run and names step and images', async () => {
    const state = blank.toState();
    const network = Object.fromEntries(
      Object.entries(state.network).map(([name, { shape, data }]) => [
        name,
        { shape, data: new Float32Array(data.length).fill(Number.NaN) },
      ]),
    );
    const broken = MintDetector.fromState({ ...state, network });
    await expect(train(broken, { cache, samples, config })).rejects.toThrow(
      expect.objectContaining({
        code: 'DIVERGED',
        message: expect.stringMatching(/step 1: the loss is NaN.*train\/good/),
      }),
    );
  });

  test('the last good checkpoint is named when the loss is lost, and weights that are not finite are never saved', async () => {
    const runFolder = join(folder, 'lost');
    const rate = { ...config, learningRate: 1e30 };
    const error: unknown = await run({ runFolder, checkpointMinutes: 0, config: rate }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'DIVERGED' });
    const lost = Number(/step (\d+)/.exec(String(error))?.[1]);
    const files = await checkpointsIn(runFolder);
    for (const name of files) expect(Number(name.slice(5, 11))).toBeLessThan(lost);
    if (String(error).includes('the loss is'))
      expect(String(error)).toContain(files.sort().at(-1) ?? 'none yet');
  });

  test('at the memory limit it saves, says so, and can go on', async () => {
    const runFolder = join(folder, 'memory');
    await expect(run({ runFolder, memoryLimit: 1e6 })).rejects.toThrow(
      expect.objectContaining({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/saved at step 1: the process takes [\d.]+ GiB, .*resume/),
      }),
    );
    expect((await run({ runFolder, resume: true })).steps).toBe(12);
  });

  test('needs at least one image', async () => {
    await expect(run({ samples: [] })).rejects.toThrow(expect.objectContaining({ code: 'EMPTY_DATASET' }));
  });
});

describe('features', () => {
  test('come from the cache the second time, bit-equal, and are computed again when a file is damaged', async () => {
    const collect = async () => {
      const parts: number[] = [];
      for await (const batch of featureBatches(blank, cache, holdout)) parts.push(...batch.features);
      return parts;
    };
    const first = await collect();
    expect(await collect()).toEqual(first);
    const other = featureCacheOf(join(folder, 'other'), blank);
    const fresh: number[] = [];
    for await (const batch of featureBatches(blank, other, holdout)) fresh.push(...batch.features);
    expect(fresh).toEqual(first);
  });
});

test('evaluate() gives a full record, and calibrate() a scale from held-out normal images', async () => {
  const { detector } = await run();
  const calibration = await calibrate(detector, cache, holdout);
  expect(Object.values(calibration.normalScores).flat()).toHaveLength(holdout.length);
  // One or two images a class promise no 5 %; half of the good images they can.
  expect(calibration).toMatchObject({ alpha: 0.05, thresholds: {} });
  const loose = await calibrate(detector, cache, holdout, 0.5);
  for (const name of dataset.classes) {
    expect(loose.thresholds[name]?.pixel).toBe(Math.max(...(loose.normalMaxima[name] ?? [])));
    expect(loose.thresholds[name]?.image).toBeLessThan(loose.thresholds[name]?.pixel ?? 0);
  }
  const scales = Object.values(calibration.heatScales);
  expect(Object.keys(calibration.heatScales).sort()).toEqual([...dataset.classes].sort());
  for (const [low, high] of [calibration.heatScale, ...scales]) expect(low).toBeLessThan(high);
  // 99 % of all normal pixels cannot lie below every class's own 99 % mark, nor above.
  expect(calibration.heatScale[0]).toBeGreaterThanOrEqual(Math.min(...scales.map(([low]) => low)));
  expect(calibration.heatScale[0]).toBeLessThanOrEqual(Math.max(...scales.map(([low]) => low)));
  const seen: string[] = [];
  const metrics = await evaluate(detector, {
    cache,
    dataset,
    backend: 'cpu',
    seed: 2,
    onImage: ({ sample, image }) => {
      seen.push(sample.id);
      expect(image.data).toHaveLength(32 * 32 * 3);
    },
  });
  const tests = dataset.samples.filter(({ split }) => split === 'test');
  expect(seen).toEqual(tests.map(({ id }) => id));
  expect(Object.keys(metrics.perClass).sort()).toEqual([...dataset.classes].sort());
  expect(metrics.pooled.normal + metrics.pooled.anomalous).toBe(tests.length);
  for (const name of METRIC_NAMES) expect(metrics.classMean[name] ?? 0).toBeGreaterThanOrEqual(0);
  expect(metrics.protocol).toMatchObject({
    labelRegime: 'predicted',
    backend: 'cpu',
    seed: 2,
    scoreReduction: 'max',
  });
  expect(metrics.protocol.splitHash).toMatch(/^[0-9a-f]{64}$/);
});

test('evaluate() under a protocol: pixels as taken, two AUPRO limits, a protocol that says so', async () => {
  const { detector } = await run();
  const test = dataset.samples.filter(({ split }) => split === 'test');
  const [seen] = await cacheFeatures(detector, cache, test.slice(0, 1));
  const fit = [seen?.contentHash.slice(0, 16) ?? ''];
  const known = MintDetector.fromState({ ...detector.toState(), images: { fit, heldOut: [], test: [] } });
  const options = { cache, dataset, backend: 'cpu', seed: 2, replicates: 100 };
  const own = await evaluate(known, options);
  const full = await evaluate(known, { ...options, protocol: 'mvtec', replicates: 0 });
  // The images have the network's size, so that taking them as they are changes no pixel metric.
  for (const name of dataset.classes) {
    const [a, b] = [own.perClass[name], full.perClass[name]];
    for (const key of ['pixelAuroc', 'pixelAp', 'pixelF1Max', 'auPro'] as const)
      expect(b?.[key]).toBeCloseTo(a?.[key] ?? Number.NaN, 10);
    expect(full.auProAtSecondLimit?.[name]).toBeLessThanOrEqual(b?.auPro ?? Number.NaN);
    expect(a?.intervals?.imageAuroc).toHaveLength(2);
    expect(b?.intervals).toBeUndefined();
  }
  expect(full.classMean.auPro).toBeCloseTo(own.classMean.auPro ?? Number.NaN, 10);
  expect(full.pooled.pixelAuroc).toBeUndefined();
  expect(own.protocol).toMatchObject({
    protocol: 'own',
    evaluationSize: '32x32',
    testPicturesSeenBefore: 1,
    intervals: '95 %, DeLong and bootstrap of 100 draws',
  });
  expect(full.protocol).toMatchObject({
    protocol: 'mvtec',
    evaluationSize: 'the picture as taken',
    scoreReduction: 'max',
    auProFprLimit: '0.3, 0.05',
  });
  await expect(evaluate(known, { ...options, protocol: 'uniad' })).rejects.toThrow(
    'to 224x224; this one has',
  );
});
