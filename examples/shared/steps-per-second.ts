import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { featureCacheOf, train } from '@mint/trainer';
import type { Setting } from './study.js';

const [WARM_UP, STEPS] = [3, 8];

/**
 * Training steps per second on the current device, features from the cache as in training: the median of 8 steps. The features
 * are synthetic ones of the scattering backbone, which needs no weights: only the first and last layer of the network depend
 * on the number of channels.
 */
export async function stepsPerSecond(
  { detector, train: settings }: Setting,
  batchSize: number,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mint-steps-'));
  const blank = MintDetector.create({
    ...detector,
    classes: ['a', 'b'],
    backbone: { kind: 'scattering' },
    seed: 0,
  });
  try {
    const cache = featureCacheOf(folder, blank);
    const { channels } = blank;
    const [rows, cols] = detector.grid;
    const samples = Array.from({ length: batchSize * (WARM_UP + STEPS) }, (_, i) => {
      const sample: Sample = {
        id: `${i}`,
        className: 'a',
        classIndex: i % 2,
        split: 'train',
        label: 'normal',
      };
      const key = String(i).padStart(64, '0');
      return { sample, contentHash: key, key };
    });
    for (const { key } of samples) {
      const features = Float32Array.from({ length: rows * cols * channels }, (_, i) => Math.sin(i * 12.9898));
      await cache.write(key, features, [rows, cols, channels]);
    }
    const ms: number[] = [];
    const { detector: trained } = await train(blank, {
      cache,
      samples,
      config: { ...settings, batchSize, epochs: 1, seed: 0 },
      onStep: (event) => {
        if (event.step > WARM_UP) ms.push(event.ms);
      },
    });
    trained.dispose();
    return 1000 / (ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)] ?? Number.NaN);
  } finally {
    blank.dispose();
    await rm(folder, { recursive: true });
  }
}
