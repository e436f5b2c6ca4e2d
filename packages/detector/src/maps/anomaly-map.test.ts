import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { imageScore, tokenMap, upsample } from './anomaly-map.js';

const close = (actual: ArrayLike<number>, expected: readonly number[], precision: number) => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs((actual[i] ?? Number.NaN) - value)).toBeLessThan(precision);
};

test('tokenMap is the length of each residual, whitened by one matrix or by one for each image', async () => {
  const residual = tf.tensor3d([3, 4, 0, 1, 2, 0, 5, 12], [2, 2, 2]);
  close(await tokenMap(residual, [1, 2]).data(), [5, 1, 2, 13], 1e-6);
  const half = [0.5, 0, 0, 2];
  const swap = [0, 1, 1, 0];
  const whitened = Math.hypot(1.5, 8);
  close(
    await tokenMap(residual, [2, 1], tf.tensor2d(half, [2, 2])).data(),
    [whitened, 2, 1, Math.hypot(2.5, 24)],
    1e-5,
  );
  const each = tf.tensor3d([...half, ...swap], [2, 2, 2]);
  close(await tokenMap(residual, [1, 2], each).data(), [whitened, 2, 2, 13], 1e-5);
});

test('upsample keeps the corners and is linear between them', async () => {
  const map = tf.tensor3d([0, 6, 2, 8], [1, 2, 2]);
  close(await upsample(map, 3, 4).data(), [0, 2, 4, 6, 1, 3, 5, 7, 2, 4, 6, 8], 1e-5);
});

test('upsample with centres: each token lies in the middle of its cell, and the rim repeats the outer ones', async () => {
  const map = tf.tensor3d([0, 6, 2, 8], [1, 2, 2]);
  close(await upsample(map, 2, 4, 'centres').data(), [0, 1.5, 4.5, 6, 2, 3.5, 6.5, 8], 1e-5);
  // A single high token is highest in the middle of its own cell of 4 x 4 pixels.
  const one = Array.from({ length: 9 }, (_, i) => (i === 5 ? 1 : 0));
  const large = await upsample(tf.tensor3d(one, [1, 3, 3]), 12, 12, 'centres').array();
  const centre = { row: 0, weight: 0 };
  large[0]?.forEach((values, row) => {
    for (const value of values) {
      centre.row += row * value;
      centre.weight += value;
    }
  });
  expect(centre.row / centre.weight).toBeCloseTo(5.5, 5);
});

describe('imageScore', () => {
  const [height, width] = [17, 19];
  const random = new Random(1);
  const maps = [0, 1].map(() => Array.from({ length: height * width }, () => random.uniform()));
  const map = tf.tensor3d(Float32Array.from(maps.flat()), [2, height, width]);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('max is the largest mean of a window of 16 x 16', async () => {
    const expected = maps.map((values) => {
      let largest = 0;
      for (let top = 0; top <= height - 16; top++)
        for (let left = 0; left <= width - 16; left++)
          largest = Math.max(
            largest,
            mean(
              Array.from({ length: 256 }, (_, i) => values[(top + (i >> 4)) * width + left + (i & 15)] ?? 0),
            ),
          );
      return largest;
    });
    close(await imageScore(map, 'max').data(), expected, 1e-6);
  });

  test('a map smaller than the window is pooled whole', async () => {
    close(await imageScore(tf.tensor3d([1, 2, 3, 6], [1, 2, 2]), 'max').data(), [3], 1e-6);
  });

  test('mean and std', async () => {
    close(await imageScore(map, 'mean').data(), maps.map(mean), 1e-6);
    const deviations = maps.map((values) => {
      const average = mean(values);
      return Math.sqrt(mean(values.map((value) => (value - average) ** 2)));
    });
    close(await imageScore(map, 'std').data(), deviations, 1e-6);
  });
});
