import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx } from '@mint/backend-onnx';
import { MintDetector } from '@mint/detector';
import { Random } from '@mint/internal';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { TINY_CHANNELS as C } from '../__fixtures__/tiny-net.js';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import { featureCacheOf } from '../features/feature-cache-of.js';
import { whiten } from './whiten.js';
import { whiteningByPlace } from './whiten-by-place.js';

await tf.setBackend('onnx');

const config = { ...tinyConfig(['nut', 'bolt', 'washer']), map: 'whitened-by-class-and-place' } as const;
const detector = MintDetector.create(config);
const cache = featureCacheOf(await mkdtemp(join(tmpdir(), 'mint-place-')), detector);

/** Images whose features spread `spread` times as far, and ten times as far at the last of their four places. */
async function imagesOf(classIndex: number, count: number, spread: number): Promise<CachedSample[]> {
  const random = new Random(classIndex);
  const images: CachedSample[] = [];
  for (let i = 0; i < count; i++) {
    const key = `${classIndex}${i}`.padStart(64, '0');
    const values = Float32Array.from(
      { length: 4 * C },
      (_, at) => spread * (at < 3 * C ? 1 : 10) * random.normal(),
    );
    await cache.write(key, values, [2, 2, C]);
    const className = config.classes[classIndex] as string;
    const sample = { id: key, className, classIndex, split: 'train', label: 'normal' } as const;
    images.push({ sample, contentHash: key, key });
  }
  return images;
}

const nuts = await imagesOf(0, 211, 1);
const bolts = await imagesOf(1, 101, 7);

describe('whiten() by class and place', () => {
  test('residuals have nearly unit covariance at each place of their own class', async () => {
    const shrinkage = { images: 0.1, tokens: 3 };
    const { directions, triangles } = await whiteningByPlace(detector, cache, [...nuts, ...bolts], {
      shrinkage,
    });
    const size = (C * (C + 1)) / 2;
    expect(directions).toHaveLength(C * C);
    expect(triangles).toHaveLength(3 * 4 * size);
    for (const [k, images] of [nuts, bolts].entries()) {
      const lengths = await squaredLengths(directions, triangles, k, images);
      for (const length of lengths) {
        expect(length / C).toBeGreaterThan(0.9);
        expect(length / C).toBeLessThan(1.01);
      }
    }
  });

  test('gives the same bytes again, with all directions or some, and frees its tensors', async () => {
    const before = tf.memory().numTensors;
    const [a, b] = [
      await whiteningByPlace(detector, cache, nuts.slice(0, 13), { directions: 5 }),
      await whiteningByPlace(detector, cache, nuts.slice(0, 13), { directions: 5 }),
    ];
    expect(tf.memory().numTensors).toBe(before);
    expect(b).toEqual(a);
    expect(a.directions).toHaveLength(5 * C);
    await expect(whiteningByPlace(detector, cache, nuts, { directions: C + 1 })).rejects.toThrow('channels');
  });

  test('one image is enough', async () => {
    const { placeWhitening } = (await whiten(detector, cache, nuts.slice(0, 1))).toState();
    expect(placeWhitening?.triangles.every(Number.isFinite)).toBe(true);
  });

  test('scores do not depend on the batch, and an exported file gives the same', async () => {
    const whitened = await whiten(detector, cache, [...nuts, ...bolts]);
    const images = [...nuts.slice(0, 3), ...bolts.slice(0, 4)];
    const values = await readFeatures(cache, images);
    const features = tf.tensor4d(values, [7, 2, 2, C]);
    const together = await whitened.predictFeatures(features);
    const alone = await whitened.predictFeatures(tf.slice(features, [4, 0, 0, 0], [1, 2, 2, C]));
    expect((alone[0]?.score ?? 0) / (together[4]?.score ?? 0)).toBeCloseTo(1, 5);
    const score = ({ tokens }: { [name: string]: tf.Tensor4D; tokens: tf.Tensor4D }) => ({
      ...whitened.score(tokens),
    });
    const file = await exportOnnx(score, { tokens: tf.zeros([1, 2, 2, C]) as tf.Tensor4D });
    const session = await ort.InferenceSession.create(file);
    const { score: exported, map } = await session.run({
      tokens: new ort.Tensor('float32', values, [7, 2, 2, C]),
    });
    const expected = score({ tokens: features });
    const scores = Float32Array.from((exported?.data as Float32Array) ?? []);
    const maps = Float32Array.from((map?.data as Float32Array) ?? []);
    expect(tf.tensor1d(scores)).toBeAllClose(expected.score, { rtol: 1e-5 });
    expect(tf.tensor3d(maps, [7, 32, 32])).toBeAllClose(expected.map, { rtol: 1e-5 });
  });
});

/** At each place, the mean over images of the squared length of `L⁻¹·p`. */
async function squaredLengths(
  directions: Float32Array,
  triangles: Float32Array,
  k: number,
  images: readonly CachedSample[],
): Promise<number[]> {
  const features = tf.tensor4d(await readFeatures(cache, images), [images.length, 2, 2, C]);
  const residual = tf.reshape(detector.residuals(features).residual, [-1, C]) as tf.Tensor2D;
  const product: tf.Tensor2D = tf.matMul(residual, tf.tensor2d(directions, [C, C]));
  const projected = await product.array();
  const sums = [0, 0, 0, 0];
  projected.forEach((p, token) => {
    const place = token % 4;
    let at = ((k * 4 + place) * C * (C + 1)) / 2;
    for (let row = 0; row < C; row++) {
      let product = 0;
      for (let column = 0; column <= row; column++, at++) product += (triangles[at] ?? 0) * (p[column] ?? 0);
      sums[place] = (sums[place] ?? 0) + product ** 2 / images.length;
    }
  });
  return sums;
}
