import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Entry } from '../graph/entry.js';
import { Pending } from '../graph/pending.js';
import { constant } from '../graph/value.js';
import { onnxStats } from '../index.js';
import { COLUMN_BLOCK, simdProducts } from './simd.js';

beforeAll(async () => {
  await tf.setBackend('onnx');
});

describe('small graphs', () => {
  test.each([1, 4, 16, 32])('a product of two matrices with a side of %i needs no session', async (size) => {
    const { compiles } = onnxStats();
    const a = tf.reshape(tf.range(0, size * size), [size, size]);
    const result = await tf.matMul(a, tf.eye(size)).data();
    expect([...result]).toEqual(Array.from({ length: size * size }, (_, i) => i));
    expect(onnxStats().compiles).toBe(compiles);
  });

  test('a small convolution with its pool needs no session', async () => {
    const { compiles } = onnxStats();
    const image = tf.ones([1, 6, 6, 1]) as tf.Tensor4D;
    const filter = tf.ones([3, 3, 1, 2]) as tf.Tensor4D;
    const result = await tf.maxPool(tf.relu(tf.conv2d(image, filter, 1, 'valid')), 2, 2, 'valid').data();
    expect([...result]).toEqual(Array<number>(8).fill(9));
    expect(onnxStats().compiles).toBe(compiles);
  });

  test('a large product is left to ONNX Runtime', async () => {
    const { compiles } = onnxStats();
    const a = tf.ones([300, 300]);
    expect((await tf.matMul(a, a).data())[0]).toBe(300);
    expect(onnxStats().compiles).toBeGreaterThan(compiles);
  });

  test('the largest element of known numbers is computed at once, and keeps NaN', async () => {
    const { runs } = onnxStats();
    expect([
      ...(await tf
        .max(
          [
            [1, Number.NaN],
            [3, 4],
          ],
          1,
        )
        .data()),
    ]).toEqual([Number.NaN, 4]);
    expect(onnxStats().runs).toBe(runs);
  });
});

describe('products by vectors', () => {
  // Whole numbers: every order of addition gives the same sum.
  test.each([
    [1, 1, 16],
    [3, 7, 32],
    [4, 5, 16],
    [9, 2, 48],
  ])('%i × %i by %i columns', (rows, inner, columns) => {
    expect(columns % COLUMN_BLOCK).toBe(0);
    const simd = simdProducts();
    const [b, y] = [rows * inner, rows * inner + inner * columns];
    const floats = simd.floats(y + rows * columns + 1);
    floats.fill(-1);
    for (let i = 0; i < y; i++) floats[i] = (i * 7) % 11;
    simd.product(0, b, y, rows, inner, columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum += (floats[row * inner + k] ?? 0) * (floats[b + k * columns + column] ?? 0);
        expect(floats[y + row * columns + column]).toBe(sum);
      }
    }
    expect(floats[y + rows * columns]).toBe(-1); // nothing behind the result is touched
  });
});

describe('entries that wait', () => {
  test('stay in order when some are removed, and come back at the end', () => {
    const pending = new Pending();
    const entries = [0, 1, 2, 3].map((i) => new Entry(constant([], 'float32', [i])));
    const [first, second, third, fourth] = entries as [Entry, Entry, Entry, Entry];
    for (const entry of entries) pending.add(entry);
    pending.remove(second);
    pending.remove(second);
    pending.remove(fourth);
    expect(pending.all()).toEqual([first, third]);
    pending.add(second);
    pending.remove(first);
    expect(pending.all()).toEqual([third, second]);
    pending.remove(third);
    expect(pending.isOnly(second)).toBe(true);
    pending.clear();
    expect([pending.all(), second.isPending]).toEqual([[], false]);
  });
});
