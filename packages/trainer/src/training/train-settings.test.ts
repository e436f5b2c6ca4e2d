import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset, splitHoldout } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { decodeSafetensors, type TypedTensor } from '@mint/internal';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { TINY_TRAINING } from '../__fixtures__/tiny-net.js';
import {
  type CachedSample,
  cacheFeatures,
  type EvaluateEvent,
  type FeatureCache,
  featureCacheOf,
  type StepEvent,
  type TrainConfig,
  train,
} from '../index.js';
import { checkpointFiles } from '../run-folder/checkpoint.js';
import { validate } from './validation.js';

const dataset = proceduralDataset({
  seed: 1,
  trainPerClass: 5,
  testGoodPerClass: 0,
  defectsPerClass: 0,
  size: 32,
});
const config = { ...TINY_TRAINING, dropout: 0, batchSize: 5 };
const validated = { ...config, validation: { share: 0.2, copies: 2, everyEpochs: 1 } };

let folder: string;
let cache: FeatureCache;
let blank: MintDetector;
let samples: CachedSample[];
let validation: CachedSample[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-settings-'));
  blank = MintDetector.create(tinyConfig(dataset.classes));
  cache = featureCacheOf(join(folder, 'cache'), blank);
  const { fit, holdout } = splitHoldout(dataset.samples, 0.2, 1);
  samples = await cacheFeatures(blank, cache, fit);
  validation = await cacheFeatures(blank, cache, holdout, { syntheticAnomalies: 2 });
});

const run = (options: Partial<Parameters<typeof train>[1]> = {}) =>
  train(blank, { cache, samples, config, ...options });

type Tensors = Readonly<Record<string, TypedTensor>>;

/** Largest difference of two sets of tensors, over the largest value. */
function distance(a: Tensors, b: Tensors): number {
  let [difference, largest] = [0, 0];
  for (const [name, { data }] of Object.entries(a))
    for (const [i, value] of data.entries()) {
      difference = Math.max(difference, Math.abs(value - (b[name]?.data[i] ?? Number.NaN)));
      largest = Math.max(largest, Math.abs(value));
    }
  return difference / largest;
}

/** Trains `steps` steps; what each checkpoint holds, by kind, one after every step. */
async function states(name: string, settings: TrainConfig, steps: number) {
  const runFolder = join(folder, name);
  const stop = new AbortController();
  const losses: StepEvent[] = [];
  const onStep = (event: StepEvent) => {
    losses.push(event);
    if (event.step === steps) stop.abort();
  };
  const options = { runFolder, checkpointMinutes: 0, keepCheckpoints: steps, signal: stop.signal, onStep };
  (await run({ ...options, config: settings })).detector.dispose();
  const files = (await checkpointFiles(join(runFolder, 'checkpoints'))).reverse();
  const tensors = await Promise.all(
    files.map(async ({ path }) => {
      const { tensors } = decodeSafetensors(await readFile(path), path);
      const of = (kind: string): Tensors =>
        Object.fromEntries(
          Object.entries(tensors).flatMap(([key, tensor]) =>
            key.startsWith(`${kind}/`) ? [[key.slice(kind.length + 1), tensor]] : [],
          ),
        );
      return { weight: of('weight'), first: of('first'), average: of('average') };
    }),
  );
  return { losses, tensors };
}

/** Interrupts a run after each of the steps, resumes it, and gives the detector in the end. */
async function interrupted(name: string, options: Parameters<typeof run>[0], stops: readonly number[]) {
  const runFolder = join(folder, name);
  for (const [i, stopAt] of stops.entries()) {
    const stop = new AbortController();
    const onStep = ({ step }: StepEvent) => step === stopAt && stop.abort();
    const part = await run({ ...options, runFolder, resume: i > 0, signal: stop.signal, onStep });
    expect(part).toMatchObject({ steps: stopAt, finished: false });
    part.detector.dispose();
  }
  return run({ ...options, runFolder, resume: true });
}

describe('microBatchSize', () => {
  test('one, two or four images at once give the losses and gradients of five at once, up to rounding', async () => {
    const { losses, tensors } = await states('whole', config, 1);
    for (const microBatchSize of [1, 2, 4]) {
      const parts = await states(`parts${microBatchSize}`, { ...config, microBatchSize }, 1);
      for (const key of ['loss', 'mse', 'ce', 'prior'] as const)
        expect(parts.losses[0]?.[key]).toBeCloseTo(losses[0]?.[key] ?? Number.NaN, 5);
      // After one step the first moment is a tenth of the clipped gradient.
      expect(distance(tensors[0]?.first ?? {}, parts.tensors[0]?.first ?? {})).toBeLessThan(1e-5);
      expect(parts.tensors[0]?.first).not.toEqual({});
    }
  });

  test('keeps the number of tensors, and resumes bit for bit with dropout', async () => {
    const options = { config: { ...config, microBatchSize: 2, dropout: 0.1 } };
    const counts: number[] = [];
    const whole = await run({ ...options, onStep: () => counts.push(tf.memory().numTensors) });
    expect(new Set(counts.slice(1)).size).toBe(1);
    const resumed = await interrupted('micro', options, [5]);
    expect(resumed.detector.toState()).toEqual(whole.detector.toState());
  });
});

describe('emaDecay', () => {
  test('the model gets the average of the weights of all steps', async () => {
    const settings = { ...config, emaDecay: 0.6 };
    const { tensors } = await states('average', settings, 9);
    expect(tensors).toHaveLength(9);
    let want: Tensors = blank.toState().network;
    for (const [t, { weight, average }] of tensors.entries()) {
      const d = Math.min(0.6, (1 + t) / (10 + t));
      const next = (name: string, i: number, w: number) =>
        d * (want[name]?.data[i] ?? Number.NaN) + (1 - d) * w;
      want = Object.fromEntries(
        Object.entries(weight).map(([name, { shape, data }]) => [
          name,
          { shape, data: Float32Array.from(data, (w, i) => next(name, i, w)) },
        ]),
      );
      expect(distance(want, average)).toBeLessThan(1e-6);
    }
    const { detector } = await run({ config: settings });
    expect(distance(want, detector.toState().network)).toBeLessThan(1e-6);
    expect(distance(want, tensors[8]?.weight ?? {})).toBeGreaterThan(1e-4);
  });

  test('is part of the checkpoint: resumed equals uninterrupted, bit for bit', async () => {
    const options = { config: { ...config, emaDecay: 0.9 } };
    const whole = await run(options);
    const resumed = await interrupted('ema', options, [4]);
    expect(resumed.detector.toState()).toEqual(whole.detector.toState());
  });
});

test('balanceClasses resumes bit for bit, in another order than without it', async () => {
  const options = { config: { ...config, balanceClasses: true } };
  const whole = await run(options);
  const resumed = await interrupted('balanced', options, [5]);
  expect(resumed.detector.toState()).toEqual(whole.detector.toState());
  const plain = await run();
  expect(plain.detector.toState().network).not.toEqual(whole.detector.toState().network);
});

describe('validation', () => {
  test('compares good images with copies of them with synthetic anomalies, and returns the model of the best epoch', async () => {
    expect(validation.map(({ sample }) => sample.label)).toEqual(
      dataset.classes.flatMap(() => ['normal', 'anomalous', 'anomalous']),
    );
    expect(new Set(validation.map(({ key }) => key)).size).toBe(validation.length);
    const events: EvaluateEvent[] = [];
    const options = { config: { ...validated, epochs: 8 }, validation };
    const { detector, best, steps } = await run({ ...options, onEvaluate: (event) => events.push(event) });
    expect(steps).toBe(24);
    expect(events.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const top = Math.max(...events.map(({ score }) => score));
    const chosen = events.findLast(({ score }) => score === top);
    expect(best).toEqual({ step: chosen?.step, score: top });
    expect(events.findLast(({ isBest }) => isBest)).toEqual(chosen);
    // The detector that was validated is the one that is returned, with its whitened map.
    expect(await validate(detector, cache, validation)).toEqual({ score: top, perClass: chosen?.perClass });
    const stop = new AbortController();
    const onStep = ({ step }: StepEvent) => step === best?.step && stop.abort();
    const there = await run({ config: { ...config, epochs: 8 }, signal: stop.signal, onStep });
    expect(there.detector.toState().network).toEqual(detector.toState().network);
  });

  test('best epoch and patience are part of the checkpoint, whose best is kept', async () => {
    const options = { config: { ...validated, epochs: 8, emaDecay: 0.5 }, validation };
    const scores: number[] = [];
    const whole = await run({ ...options, onEvaluate: ({ score }) => scores.push(score) });
    const resumed = await interrupted('best', options, [9, 20]);
    expect(resumed.best).toEqual(whole.best);
    expect(resumed.detector.toState()).toEqual(whole.detector.toState());
    const files = await checkpointFiles(join(folder, 'best', 'checkpoints'));
    expect(files.map(({ step }) => step)).toContain(whole.best?.step);
  });

  test('ends a run whose score no longer improves, also one that is resumed when it had ended', async () => {
    // A learning rate that destroys the network: the first epochs are the best.
    const patient = {
      ...validated,
      epochs: 30,
      learningRate: 0.3,
      validation: { ...validated.validation, patience: 2 },
    };
    const events: EvaluateEvent[] = [];
    const options = { config: patient, validation };
    const runFolder = join(folder, 'patience');
    const { best, steps, finished, detector } = await run({
      ...options,
      runFolder,
      onEvaluate: (event) => events.push(event),
    });
    expect(finished).toBe(true);
    expect(steps).toBeLessThan(90);
    expect(steps - (best?.step ?? 0)).toBe(6);
    expect(events.slice(-2).map(({ isBest }) => isBest)).toEqual([false, false]);
    const again = await run({ ...options, runFolder, resume: true, onStep: () => expect.unreachable() });
    expect(again).toMatchObject({ steps, finished, best });
    expect(again.detector.toState()).toEqual(detector.toState());
  });

  test('comes every so many epochs and after the last, frees what it makes, and needs images', async () => {
    const epochs: number[] = [];
    const counts: number[] = [];
    await run({
      config: { ...validated, epochs: 5, validation: { ...validated.validation, everyEpochs: 2 } },
      validation,
      onEvaluate: ({ epoch }) => epochs.push(epoch),
      onStep: () => counts.push(tf.memory().numTensors),
    });
    expect(epochs).toEqual([2, 4, 5]);
    expect(new Set(counts.slice(1)).size).toBe(1);
    await expect(run({ config: validated })).rejects.toThrow(
      expect.objectContaining({
        code: 'EMPTY_DATASET',
        message: expect.stringContaining('config.validation'),
      }),
    );
  });
});
