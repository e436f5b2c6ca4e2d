import '@mint/test-utils/setup';
import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { resizeMap } from '../index.js';

const draw = (n: number) => {
  const random = new Random(n);
  return Float32Array.from({ length: n }, () => random.normal());
};

test('resizeMap() is tfjs bilinear with half-pixel centres, up and down', () => {
  const map = draw(7 * 5);
  for (const [height, width] of [
    [11, 13],
    [3, 2],
    [7, 9],
  ] as const) {
    const expected = tf.image.resizeBilinear(tf.tensor4d(map, [1, 7, 5, 1]), [height, width], false, true);
    const resized = resizeMap(map, { width: 5, height: 7 }, { width, height });
    expect(tf.tensor(resized, [1, height, width, 1])).toBeAllClose(expected);
  }
});

test('resizeMap() refuses a map that does not have the size given', () => {
  const resize = () => resizeMap(draw(6), { width: 2, height: 2 }, { width: 1, height: 1 });
  expect(resize).toThrow('resizeMap: a map of 2x2 has 4 values, got 6.');
});
