import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { proceduralDataset } from '@mint/data';
import { MintDetector, shortHash } from '@mint/detector';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { TINY_TRAINING } from '../__fixtures__/tiny-net.js';
import { recordTestImages, type TrainingJob, TrainingStopped, trainDetector } from '../index.js';

const work = temporaryFolder();
const dataset = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 1, defectsPerClass: 0, size: 32 });
const jobIn = (name: string, change: Partial<TrainingJob> = {}): TrainingJob => ({
  dataset,
  detector: tinyConfig(dataset.classes),
  train: TINY_TRAINING,
  alpha: 0.4,
  cache: join(work.path, 'cache'),
  out: join(work.path, name),
  ...change,
});
const json = async (...path: string[]) => JSON.parse(await readFile(join(work.path, ...path), 'utf8'));

test('splits, trains, calibrates and saves; says what happens and frees all but its result', async () => {
  const tensors = tf.memory().numTensors;
  const told: unknown[] = [];
  const warned = { ...dataset, warnings: ['a class is small'] };
  const result = await trainDetector(jobIn('a', { dataset: warned }), {
    onStage: (stage) => told.push(stage),
    onStageEnd: () => told.push('end'),
    onNote: (note) => told.push(note),
    onStep: ({ step }) => step === 1 && told.push('first step'),
  });
  expect(told).toEqual([
    'a class is small',
    { title: 'features', total: 24, unit: 'images' },
    'end',
    { title: 'training', total: 1, unit: 'steps' },
    { title: 'training', total: 24, unit: 'steps' },
    'first step',
    'end',
  ]);
  expect(result).toMatchObject({ samples: 24, steps: 24 });
  expect(result.images).toMatchObject({ validation: [], heldOut: { length: 8 } });
  const { calibration, images, provenance } = result.detector.toState();
  expect(calibration).toMatchObject({ alpha: 0.4, normalScores: { gear: { length: 2 } } });
  expect(images).toMatchObject({ fit: { length: 24 }, heldOut: { length: 8 }, test: [] });
  expect(provenance).toEqual({
    dataset: dataset.name,
    trainPictures: 24,
    steps: 24,
    seed: TINY_TRAINING.seed,
    device: tf.getBackend(),
  });
  expect(await json('a', 'config.json')).toEqual({
    dataset: dataset.name,
    detector: tinyConfig(dataset.classes),
    train: TINY_TRAINING,
    device: tf.getBackend(),
  });
  const saved = await MintDetector.load(join(work.path, 'a', 'model'));
  expect(saved.toState()).toEqual(result.detector.toState());
  saved.dispose();

  const hash = 'ab'.repeat(32);
  await recordTestImages(join(work.path, 'a', 'model'), result.detector, [hash]);
  expect((await json('a', 'model', 'model.json')).pictures.test).toBe(shortHash(hash));
  result.detector.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

test('names the classes that cannot have a threshold before any work', async () => {
  const few = dataset.samples.filter(
    ({ className, split, id }) =>
      split === 'train' && className !== 'weave' && (className !== 'gear' || id.endsWith('000')),
  );
  const told: string[] = [];
  const job = jobIn('few', { dataset: { ...dataset, samples: few }, signal: AbortSignal.abort() });
  await expect(trainDetector(job, { onNote: (note) => told.push(note) })).rejects.toThrow();
  expect(told).toEqual([
    expect.stringMatching(
      /^gear: 1 good training images, too few to hold one out, so the class has no threshold/,
    ),
    'weave: no good training images; nothing is learned about this class.',
  ]);
});

test('variants and validation images count as trained on; without alpha and run folder nothing is fixed or written', async () => {
  const train = {
    ...TINY_TRAINING,
    augment: { copies: 1, mirror: true },
    validation: { share: 0.25, copies: 1, everyEpochs: 1 },
  };
  const { detector, images, samples } = await trainDetector(jobIn('b', { train, out: undefined }));
  expect(images).toMatchObject({ fit: { length: 16 }, validation: { length: 8 }, heldOut: { length: 8 } });
  expect(samples).toBe(32);
  expect(detector.toState().images).toMatchObject({ fit: { length: 24 }, heldOut: { length: 8 } });
  expect(detector.provenance).toMatchObject({ trainPictures: 16, augment: 'mirror,copies=1' });
  detector.dispose();

  const bare = await trainDetector(jobIn('b', { alpha: undefined, out: undefined }));
  const { calibration, images: known } = bare.detector.toState();
  expect([calibration, known]).toEqual([undefined, undefined]);
  bare.detector.dispose();
  expect(await readdir(work.path)).toEqual(['cache']);
});

test('stops when its signal is aborted: features stay in the cache, a training goes on as if it had not stopped', async () => {
  const cache = join(work.path, 'stopped-cache');
  const early = new AbortController();
  const job = jobIn('c', { cache });
  const seen: number[] = [];
  const stopped = trainDetector(
    { ...job, signal: early.signal },
    {
      onProgress: (done) => {
        seen.push(done);
        early.abort();
      },
    },
  );
  await expect(stopped).rejects.toThrow(expect.objectContaining({ stage: 'features' }));
  await expect(stopped).rejects.toThrow(TrainingStopped);
  expect(seen).toEqual([8]);
  expect((await readdir(cache)).length).toBe(1);

  const late = new AbortController();
  const atFive = trainDetector(
    { ...job, signal: late.signal },
    { onStep: ({ step }) => step === 5 && late.abort() },
  );
  await expect(atFive).rejects.toThrow(expect.objectContaining({ stage: 'training' }));
  const kept = await readdir(join(work.path, 'c', 'checkpoints'));
  await expect(trainDetector(job)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(
      /c: holds checkpoints of an earlier run\. `resume` continues it, `overwrite`/,
    ),
  });
  await expect(trainDetector({ ...job, resume: true, overwrite: true })).rejects.toThrow('give one of them');
  expect(await readdir(join(work.path, 'c', 'checkpoints'))).toEqual(kept);
  const resumed = await trainDetector({ ...job, resume: true });
  const whole = await trainDetector(jobIn('d'));
  expect(resumed.detector.toState()).toEqual(whole.detector.toState());
  const again = await trainDetector({ ...jobIn('d'), overwrite: true });
  expect(again.detector.toState()).toEqual(whole.detector.toState());
  for (const { detector } of [resumed, whole, again]) detector.dispose();
  await rm(cache, { recursive: true });
});

test('an unreadable image is left out and reported, or ends the job', async () => {
  const [first, ...others] = dataset.samples;
  if (first === undefined) throw new Error('the data set is empty.');
  const { render: _, ...gone } = { ...first, imagePath: join(work.path, 'gone.png') };
  const broken = { ...dataset, samples: [gone, ...others] };
  const left: string[] = [];
  const { detector, images } = await trainDetector(
    jobIn('e', { dataset: broken, alpha: undefined, train: { ...TINY_TRAINING, holdout: 0, epochs: 1 } }),
    { onError: (_error, { id }) => left.push(id) },
  );
  expect(left).toEqual([first.id]);
  expect(images.fit).toHaveLength(32);
  expect(detector.provenance).toMatchObject({ trainPictures: 31 });
  detector.dispose();
  await expect(
    trainDetector(jobIn('f', { dataset: broken, alpha: undefined, train: { ...TINY_TRAINING, holdout: 0 } })),
  ).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('validation images set the thresholds of their class, which learns all its training images', async () => {
  const [gear] = dataset.classes;
  const moved = dataset.samples
    .filter(({ className, split }) => className === gear && split === 'test')
    .map((sample) => ({ ...sample, split: 'validation' as const }));
  const rest = dataset.samples.filter(({ className, split }) => className !== gear || split === 'train');
  const { detector, images } = await trainDetector(
    jobIn('val', { dataset: { ...dataset, samples: [...rest, ...moved] }, out: undefined }),
  );
  expect(moved.length).toBeGreaterThan(0);
  expect(images.heldOut.filter(({ className }) => className === gear)).toEqual(moved);
  expect(images.fit.filter(({ className }) => className === gear)).toHaveLength(8);
  expect(images.heldOut).toHaveLength(3 * 2 + moved.length);
  detector.dispose();
});

test('a job that could hold no image out is refused before it begins', async () => {
  const one = dataset.samples.filter(({ split }) => split === 'train').slice(0, 1);
  const classes = one.map(({ className }) => className);
  const job = jobIn('one', { dataset: { ...dataset, classes, samples: one }, detector: tinyConfig(classes) });
  const notes: unknown[] = [];
  await expect(trainDetector(job, { onStage: (stage) => notes.push(stage) })).rejects.toMatchObject({
    code: 'EMPTY_DATASET',
    message: expect.stringMatching(
      /at least two of a class are needed.*0\.4 needs 2 held-out images per class/,
    ),
  });
  expect(notes).toEqual([]);
});
