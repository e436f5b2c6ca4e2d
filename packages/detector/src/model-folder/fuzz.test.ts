import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { fuzzModel } from '../__fixtures__/fuzz-model.js';
import { MintDetector } from '../index.js';

/** A model folder as version 1 of the format wrote it. It is never written again: what loads it is what old models need. */
const version1 = fileURLToPath(new URL('../__fixtures__/model-version-1', import.meta.url));

test('a model folder of format version 1 predicts what it predicted when it was written', async () => {
  const expected = JSON.parse(await readFile(join(version1, 'expected.json'), 'utf8'));
  const random = new Random(3);
  const pixels = Float32Array.from({ length: 16 * 24 * 3 }, () => random.int(256));
  const detector = await MintDetector.load(version1);
  const [prediction] = await detector.predict(tf.tensor4d(pixels, [1, 16, 24, 3]));
  if (prediction === undefined) throw new Error('no prediction');
  const { anomalyMap, score, classPosterior = [], oodScores = [] } = prediction;
  expect(tf.tensor(score)).toBeAllClose(expected.score, { rtol: 1e-4 });
  expect(tf.tensor1d([...classPosterior])).toBeAllClose(expected.classPosterior, { rtol: 1e-4 });
  expect(tf.tensor1d([...oodScores])).toBeAllClose(expected.strangeness, { rtol: 1e-4 });
  const sampled = [...anomalyMap].filter((_, i) => i % 37 === 0);
  expect(tf.tensor1d(sampled)).toBeAllClose(expected.anomalyMap, { rtol: 1e-4 });
  const { outcome: decision, ...grounds } = expected.decision;
  expect(detector.decide(prediction)).toEqual({ decision, ...grounds });
});

test('mutated model folders load or are refused as corrupt, quickly and in memory of the size of the files', async () => {
  const work = join(await mkdtemp(join(tmpdir(), 'mint-fuzz-')), 'model');
  const { outcomes, failures, slowestMs, largestBytes } = await fuzzModel(version1, work, {
    count: 1000,
    seed: 0,
  });
  expect(failures).toEqual([]);
  expect(outcomes.CORRUPT_FILE).toBeGreaterThan(500);
  expect(outcomes.loaded).toBeGreaterThan(50);
  expect(slowestMs).toBeLessThan(5000);
  expect(largestBytes).toBeLessThan(4e6);
});
