/** The work that `race.ts` and `profile.ts` time: the full-size UniAD network with random weights. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackboneConfig, backboneSpecs, initParams } from '@mint/backbone';
import { Random, type Sample } from '@mint/data';
import { type CreateOptions, type DetectorConfig, MintDetector, PAPER_CONFIG } from '@mint/detector';
import { featureCacheOf, PRESETS, train } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';

const REPEAT = 15;
const WARM_UP = 4;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

// Until JavaScript is compiled: short calls need more of them.
const WARM_UP_MS = 1500;

/** Median milliseconds of a call, which gets its number, from 0. Calls of the warm-up do not count. */
export async function medianMs(call: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const start = performance.now();
  let warm = false;
  for (let i = 0; times.length < REPEAT; i++) {
    const began = performance.now();
    await call(i);
    if (warm) times.push(performance.now() - began);
    warm ||= i + 1 >= WARM_UP && performance.now() - start >= WARM_UP_MS;
  }
  return median(times);
}

/** Random weights of a backbone. Speed does not depend on the values. */
export async function randomWeights(backbone: BackboneConfig): Promise<CreateOptions['backbone']> {
  const params = initParams(backboneSpecs(backbone), 1);
  const weights = Object.entries(params).map(async ([name, tensor]) => {
    const data = await tensor.data<'float32'>();
    return [name, { shape: tensor.shape, data: data.slice() }] as const;
  });
  return Object.fromEntries(await Promise.all(weights).finally(() => tf.dispose(params)));
}

/** UniAD as published: EfficientNet-B4 blocks 0–21, 4 + 4 layers, 256 wide. */
export async function fullSizeUniad(precision?: DetectorConfig['precision']): Promise<MintDetector> {
  const config: DetectorConfig = { ...PAPER_CONFIG, model: 'uniad', classes: ['a'], precision };
  return MintDetector.create(config, { backbone: await randomWeights(config.backbone) });
}

/**
 * Milliseconds of training steps as a user gets them: features from the cache, jitter, dropout, AdamW, clipping, losses
 * read. Batch 8; steps that compile are left out.
 */
export async function trainSteps(detector: MintDetector, steps = WARM_UP + REPEAT): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mint-bench-'));
  try {
    const cache = featureCacheOf(folder, detector);
    const random = new Random(1);
    const shape = [14, 14, 272];
    const samples = Array.from({ length: 8 * steps }, (_, i) => {
      const sample: Sample = { id: `${i}`, className: 'a', classIndex: 0, split: 'train', label: 'normal' };
      const key = String(i).padStart(64, '0');
      return { sample, contentHash: key, key };
    });
    for (const { key } of samples) {
      const features = Float32Array.from({ length: 14 * 14 * 272 }, () => random.uniform());
      await cache.write(key, features, shape);
    }
    const times: number[] = [];
    const { detector: trained } = await train(detector, {
      cache,
      samples,
      config: { ...PRESETS.paper.train, epochs: 1, seed: 0 },
      onStep: ({ step, ms }) => {
        if (step > WARM_UP) times.push(ms);
      },
    });
    trained.dispose();
    return times;
  } finally {
    await rm(folder, { recursive: true });
  }
}
