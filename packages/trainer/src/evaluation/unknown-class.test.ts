import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proceduralDataset, splitHoldout } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { binomialInterval } from '@mint/metrics';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { expect, test } from 'vitest';
import {
  cacheFeatures,
  calibrate,
  featureBatches,
  featureCacheOf,
  PRESETS,
  predictBatch,
  train,
} from '../index.js';

const ALPHA = 0.1;
const dataset = proceduralDataset({
  seed: 3,
  trainPerClass: 80,
  testGoodPerClass: 40,
  defectsPerClass: 0,
  size: 32,
});

/** A small net trained on all classes but one, then shown good images of every class. */
async function leaveOut(left: string) {
  const classes = dataset.classes.filter((name) => name !== left);
  const samples = dataset.samples.map((s) => ({ ...s, classIndex: classes.indexOf(s.className) }));
  const blank = MintDetector.create(tinyConfig(classes));
  const cache = featureCacheOf(await mkdtemp(join(tmpdir(), 'mint-unknown-')), blank);
  const normals = samples.filter(({ split, className }) => split === 'train' && className !== left);
  const { fit, holdout } = splitHoldout(normals, 0.5, 1);
  const cached = await cacheFeatures(blank, cache, fit);
  const { detector } = await train(blank, {
    cache,
    samples: cached,
    config: { ...PRESETS.cpu.train, seed: 1, epochs: 4, learningRate: 1e-2, dropout: 0 },
  });
  const calibration = await calibrate(detector, cache, holdout, ALPHA);
  const judge = MintDetector.fromState({ ...detector.toState(), calibration });
  const count = { stranger: 0, strangers: 0, unknown: 0, knowns: 0 };
  for await (const batch of featureBatches(
    judge,
    cache,
    samples.filter(({ split }) => split === 'test'),
  )) {
    const predictions = await predictBatch(judge, batch);
    batch.samples.forEach(({ className }, i) => {
      const prediction = predictions[i];
      if (prediction === undefined) return;
      const unknown = Number(judge.decide(prediction).decision === 'unknown class');
      if (className === left) {
        count.strangers += 1;
        count.stranger += unknown;
      } else {
        count.knowns += 1;
        count.unknown += unknown;
      }
    });
  }
  return count;
}

test('a product the model never saw is of an unknown class; those it knows are so at the stated rate', async () => {
  const { stranger, strangers, unknown, knowns } = await leaveOut('gear');
  expect(stranger / strangers).toBeGreaterThan(0.9);
  const [low, high] = binomialInterval(unknown, knowns);
  expect(low).toBeLessThan(ALPHA);
  expect(high).toBeGreaterThan(ALPHA);
});
