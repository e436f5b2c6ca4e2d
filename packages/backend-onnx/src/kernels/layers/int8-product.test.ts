import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxBackend } from '../../backend.js';
import { exportOnnx } from '../../index.js';

const useInt8 = (...tensors: tf.Tensor[]): void => (tf.backend() as OnnxBackend).useInt8(tensors);

/** The definition, number by number. */
function expected(a: readonly number[][], b: readonly number[][]): number[][] {
  const columns = (b[0] ?? []).map((_, j) => b.map((row) => row[j] ?? 0));
  const scaleOf = (numbers: readonly number[]) => Math.max(...numbers.map(Math.abs)) / 127;
  return a.map((row) =>
    columns.map((column) => {
      const [s, t] = [scaleOf(row), scaleOf(column)];
      const sum = row.reduce(
        (total, x, k) => total + Math.round(x / s) * Math.round((column[k] ?? 0) / t),
        0,
      );
      return sum * s * t;
    }),
  );
}

/** The product of two matrices, as numbers. */
const product = async (a: tf.Tensor, b: tf.Tensor): Promise<number[][]> =>
  (tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) as tf.Tensor2D).array();

describe('int8 products', () => {
  beforeAll(async () => {
    await tf.setBackend('onnx');
    tf.engine().startScope();
  });
  afterAll(() => tf.engine().endScope());

  it('equal their definition', async () => {
    const a = tf.randomNormal<tf.Rank.R2>([11, 13], 0, 3, 'float32', 1);
    const b = tf.randomNormal<tf.Rank.R2>([13, 7], 0, 0.1, 'float32', 2);
    const [rows, columns] = [await a.array(), await b.array()];
    const exact = (await product(a, b)).flat();
    useInt8(b);
    const result = (await product(a, b)).flat();
    expected(rows, columns)
      .flat()
      .forEach((value, i) => {
        expect(result[i]).toBeCloseTo(value, 4);
      });
    expect(result).not.toEqual(exact);
  });

  it('of a row depend on no other row, whatever the batch, bit by bit', async () => {
    const b = tf.randomNormal([19, 5], 0, 1, 'float32', 3);
    useInt8(b);
    const a = tf.mul(
      tf.randomNormal([97, 19], 0, 1, 'float32', 4),
      tf.pow(10, tf.reshape(tf.div(tf.range(-48, 49), 16), [97, 1])),
    );
    const together = await product(a, b);
    for (const row of [0, 41, 96]) {
      const alone = await product(tf.slice(a, [row, 0], [1, 19]), b);
      expect(alone[0]).toEqual(together[row]);
    }
  });

  it('of a part of a matrix equal the part of its product', async () => {
    const a = tf.randomNormal<tf.Rank.R2>([11, 13], 0, 1, 'float32', 8);
    const b = tf.randomNormal<tf.Rank.R2>([13, 15], 0, 1, 'float32', 9);
    useInt8(b);
    const whole = await product(a, b);
    const parts = tf.split(b, [7, 3, 5], 1);
    const products = await Promise.all(parts.map((part) => product(a, part)));
    expect(whole).toEqual(whole.map((_, row) => products.flatMap((part) => part[row] ?? [])));
  });

  it('of rows of zeros are zero, and NaN stays NaN', async () => {
    const b = tf.ones<tf.Rank.R2>([3, 2]);
    useInt8(b);
    const a = tf.tensor2d([
      [0, 0, 0],
      [1, Number.NaN, 1],
      [1, 1, 1],
    ]);
    const result = await product(a, b);
    expect(result[0]).toEqual([0, 0]);
    expect(result[1]).toEqual([Number.NaN, Number.NaN]);
    expect(result[2]?.[0]).toBeCloseTo(3, 5);
  });

  it('leave gradients in float32', async () => {
    const b = tf.randomNormal<tf.Rank.R2>([13, 7], 0, 1, 'float32', 5);
    const a = tf.randomNormal<tf.Rank.R2>([11, 13], 0, 1, 'float32', 6);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.matMul(x as tf.Tensor2D, b)));
    const before = await gradient(a).array();
    useInt8(b);
    expect(await gradient(a).array()).toEqual(before);
  });

  it('are written as operators of ONNX alone', async () => {
    const b = tf.randomNormal<tf.Rank.R2>([13, 7], 0, 1, 'float32', 7);
    useInt8(b);
    const file = Buffer.from(
      await exportOnnx((x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, b), tf.zeros([3, 13])),
    );
    expect(file.includes('MatMulInteger')).toBe(true);
    expect(file.includes('com.microsoft')).toBe(false);
  });
});
