import { expectNoLeak } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { createDropout, createNoise } from './index.js';

const dropout = createDropout(0.1, 7);
const noise = createNoise(7);
afterAll(() => {
  dropout.dispose();
  noise.dispose();
});
const correlation = (a: tf.Tensor, b: tf.Tensor): number => {
  const [x, y] = [tf.sub(a, tf.mean(a)), tf.sub(b, tf.mean(b))];
  return (
    tf
      .div(tf.mean(tf.mul(x, y)), tf.sqrt(tf.mul(tf.mean(tf.square(x)), tf.mean(tf.square(y)))))
      .dataSync()[0] ?? Number.NaN
  );
};

describe('createDropout()', () => {
  test('drops the given share and keeps the mean at 1', () => {
    const mask = dropout.step(0).mask([300, 1000]);
    expect(tf.mean(mask).dataSync()[0]).toBeCloseTo(1, 2);
    expect(tf.mean(tf.cast(tf.equal(mask, 0), 'float32')).dataSync()[0]).toBeCloseTo(0.1, 2);
    expect(tf.max(mask)).toBeAllClose(1 / 0.9);
  });

  test('equal seeds and steps give equal masks; another seed or step gives different masks', () => {
    const again = createDropout(0.1, 7);
    const other = createDropout(0.1, 8);
    const mask = (pool: typeof dropout, step: number) => pool.step(step).mask([11, 13]);
    expect(mask(again, 5)).toBeAllClose(mask(dropout, 5), { rtol: 0, atol: 0 });
    expect(mask(dropout, 6)).not.toBeAllClose(mask(dropout, 5));
    expect(mask(other, 5)).not.toBeAllClose(mask(dropout, 5));
    again.dispose();
    other.dispose();
  });

  test('masks of one step and of neighbouring steps do not correlate', () => {
    const step = dropout.step(1);
    const masks = [step.mask([200_000]), step.mask([200_000]), dropout.step(2).mask([200_000])];
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      expect(Math.abs(correlation(masks[a] as tf.Tensor, masks[b] as tf.Tensor))).toBeLessThan(0.01);
    }
  });

  test('a tensor larger than the pool is several windows of it', () => {
    const mask = tf.reshape(dropout.step(0).mask([4, 1_250_007]), [-1]);
    expect(tf.mean(mask).dataSync()[0]).toBeCloseTo(1, 2);
    const window = 3 * 2 ** 20;
    const rest = 4 * 1_250_007 - window;
    const [first, second] = [tf.slice(mask, [0], [rest]), tf.slice(mask, [window], [rest])];
    expect(Math.abs(correlation(first, second))).toBeLessThan(0.01);
  });

  test.each([-0.1, 1.5, Number.NaN])('refuses the rate %d', (rate) => {
    expect(() => createDropout(rate, 0)).toThrow('`rate` must lie in [0, 1]');
  });
});

test('createNoise() is standard normal', () => {
  const x = noise.step(3)([400_000]);
  expect(tf.mean(x).dataSync()[0]).toBeCloseTo(0, 2);
  expect(tf.mean(tf.square(x)).dataSync()[0]).toBeCloseTo(1, 2);
  expect(tf.mean(tf.pow(x, 4)).dataSync()[0]).toBeCloseTo(3, 1);
});

test('a pool leaks nothing but itself, and frees itself', () => {
  const before = tf.memory().numTensors;
  const pool = createNoise(1);
  expectNoLeak(() => pool.step(0)([3, 5]));
  pool.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
