import '@mint/test-utils';
import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { assertScales, joinScales, scaleGrids, scalePlaces, withCoarser } from './scales.js';

const [ROWS, COLS, D] = [4, 8, 3];
const GRID = [ROWS, COLS] as const;

test('places of all scales', () => {
  expect(scaleGrids(GRID, 3)).toEqual([
    [4, 8],
    [2, 4],
    [1, 2],
  ]);
  expect([1, 2, 3].map((scales) => scalePlaces(GRID, scales))).toEqual([32, 40, 42]);
});

test('tokens of coarser scales are the means of two by two, behind those of the grid', async () => {
  const random = new Random(1);
  const values = Float32Array.from({ length: 2 * ROWS * COLS * D }, () => random.normal());
  const tokens = tf.tensor3d(values, [2, ROWS * COLS, D]);
  expect(withCoarser(tokens, GRID, 1)).toBe(tokens);
  const before = tf.memory().numTensors;
  const all = withCoarser(tokens, GRID, 3);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(all.shape).toEqual([2, 42, D]);
  const got = await all.array();
  const value = (image: number, row: number, col: number, d: number) =>
    values[((image * ROWS + row) * COLS + col) * D + d] ?? Number.NaN;
  for (const image of [0, 1]) {
    expect(got[image]?.[13]?.[2]).toBe(value(image, 1, 5, 2));
    for (const [place, side] of [
      [32 + 6, 2],
      [40 + 1, 4],
    ] as const) {
      // The third place of the second row of 2 x 4, and the second of 1 x 2.
      const [row, col] = side === 2 ? [2, 4] : [0, 4];
      let sum = 0;
      for (let i = 0; i < side * side; i++)
        sum += value(image, row + Math.floor(i / side), col + (i % side), 1);
      expect(got[image]?.[place]?.[1]).toBeCloseTo(sum / side ** 2, 5);
    }
  }
});

test('an even map stays even at every scale, and a finer scale counts √2 times as much', async () => {
  const even = joinScales(tf.fill([1, 42], 5), GRID, 3);
  expect(even).toBeAllClose(tf.fill([1, ROWS, COLS], 5));
  const finest = tf.reshape(tf.concat([tf.range(0, 32), tf.zeros([10])]), [1, 42]) as tf.Tensor2D;
  expect(joinScales(finest, GRID, 3)).toBeAllClose(
    tf.div(tf.reshape(tf.range(0, 32), [1, ROWS, COLS]), 1 + Math.SQRT1_2 + 0.5),
  );
});

test('scales that do not fit are refused', () => {
  const map = 'whitened-by-class-and-place';
  expect(() => assertScales({ map, grid: [12, 8], scales: 3 }, 'model')).not.toThrow();
  expect(() => assertScales({ map: 'whitened', grid: [7, 7] }, 'model')).not.toThrow();
  expect(() => assertScales({ map, grid: [12, 10], scales: 3 }, 'model')).toThrow(
    'model: with 3 scales rows and columns of the grid must be multiples of 4, got 10',
  );
  expect(() => assertScales({ map, grid: [32, 32], scales: 5 }, 'model')).toThrow('from 1 to 4, got 5');
  expect(() => assertScales({ map: 'whitened', grid: [4, 4], scales: 2 }, 'model')).toThrow(
    "2 scales need the map 'whitened-by-class-and-place', got 'whitened'",
  );
});
