import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MintDetector } from '@mint/detector';
import { Random } from '@mint/internal';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { TINY_CHANNELS as C } from '../__fixtures__/tiny-net.js';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import { featureCacheOf } from '../features/feature-cache-of.js';
import { residualWhitening, whiten } from './whiten.js';

const config = tinyConfig(['nut', 'bolt', 'washer']);
const detector = MintDetector.create({ ...config, map: 'whitened-by-class' });
const cache = featureCacheOf(await mkdtemp(join(tmpdir(), 'mint-whiten-')), detector);

/** Images whose features spread `spread` times as far. */
async function imagesOf(classIndex: number, count: number, spread: number): Promise<CachedSample[]> {
  const random = new Random(classIndex);
  const images: CachedSample[] = [];
  for (let i = 0; i < count; i++) {
    const key = `${classIndex}${i}`.padStart(64, '0');
    await cache.write(
      key,
      Float32Array.from({ length: 4 * C }, () => spread * random.normal()),
      [2, 2, C],
    );
    const className = config.classes[classIndex] as string;
    images.push({
      sample: { id: key, className, classIndex, split: 'train', label: 'normal' },
      contentHash: key,
      key,
    });
  }
  return images;
}

/** Mean over tokens of the squared whitened length of residuals, by the matrix at `index`. */
async function squaredLength(whitening: Float32Array, index: number, images: readonly CachedSample[]) {
  const features = tf.tensor4d(await readFeatures(cache, images), [images.length, 2, 2, C]);
  const matrix = tf.tensor2d(whitening.slice(index * C * C, (index + 1) * C * C), [C, C]);
  const flat = tf.reshape(detector.residuals(features).residual, [-1, C]) as tf.Tensor2D;
  const [mean = Number.NaN] = await tf.mean(tf.sum(tf.square(tf.matMul(flat, matrix)), 1)).data();
  return mean;
}

const nuts = await imagesOf(0, 101, 1);
const bolts = await imagesOf(1, 53, 7);

test('by class, residuals of each class have unit covariance under its own matrix and not under the other', async () => {
  const whitened = await whiten(detector, cache, [...nuts, ...bolts]);
  const { whitening = new Float32Array() } = whitened.toState();
  expect(whitening).toHaveLength(3 * C * C);
  // The covariance of all, which counts as much as C tokens of 404 and 212, and the shrinkage of 1 % make it a little less than C.
  expect((await squaredLength(whitening, 0, nuts)) / C).toBeGreaterThan(0.6);
  expect((await squaredLength(whitening, 0, nuts)) / C).toBeLessThan(1);
  expect((await squaredLength(whitening, 1, bolts)) / C).toBeGreaterThan(0.85);
  expect((await squaredLength(whitening, 1, bolts)) / C).toBeLessThan(1.05);
  expect((await squaredLength(whitening, 1, nuts)) / C).toBeLessThan(0.3);
  expect((await squaredLength(whitening, 0, bolts)) / C).toBeGreaterThan(5);
});

test('a class without images has the matrix of all classes together', async () => {
  const { whitening = new Float32Array() } = (await whiten(detector, cache, nuts)).toState();
  const joint = await residualWhitening(detector, cache, nuts);
  for (const k of [0, 1, 2]) {
    const own = whitening.subarray(k * C * C, (k + 1) * C * C);
    expect(Math.max(...own.map((v, i) => Math.abs(v - (joint[i] as number))))).toBeLessThan(1e-4);
  }
});
