import { Random } from '@mint/internal';
import { expectNoLeak, numericGradient } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { additiveMask, layerNorm, maskedAttention } from './index.js';

const draw = (shape: number[], seed: number): tf.Tensor => {
  const random = new Random(seed);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
    shape,
  );
};

describe('layerNorm()', () => {
  const [x, gamma, beta, weight] = [draw([2, 3, 5], 1), draw([5], 2), draw([5], 3), draw([2, 3, 5], 4)];

  test('has mean 0 and deviation 1 before gain and bias', () => {
    const y = layerNorm(x, tf.ones([5]), tf.zeros([5]));
    expect(tf.mean(y, -1)).toBeAllClose(tf.zeros([2, 3]), { atol: 1e-6 });
    expect(tf.mean(tf.square(y), -1)).toBeAllClose(tf.ones([2, 3]), { rtol: 1e-3 });
  });

  test.each([0, 1, 2])('gradient of argument %i equals finite differences', (argument) => {
    const args: [tf.Tensor, tf.Tensor, tf.Tensor] = [x, gamma, beta];
    const f = (v: tf.Tensor) => {
      const changed = args.map((arg, i) => (i === argument ? v : arg)) as typeof args;
      return tf.sum(tf.mul(weight, layerNorm(...changed))) as tf.Scalar;
    };
    const point = args[argument] as tf.Tensor;
    expect(tf.grad(f)(point)).toBeAllClose(tf.tensor(numericGradient(f, point), point.shape), {
      rtol: 1e-2,
      atol: 5e-3,
    });
  });

  test('leaks nothing', () => expectNoLeak(() => layerNorm(x, gamma, beta)));
});

describe('maskedAttention()', () => {
  // B 2, heads 3, queries 5, keys 7, width 2.
  const [q, k, v] = [draw([2, 3, 5, 2], 5), draw([2, 3, 7, 2], 6), draw([2, 3, 7, 2], 7)] as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const random = new Random(8);
  const dropMask = tf.tensor(
    Float32Array.from({ length: 210 }, () => (random.uniform() < 0.3 ? 0 : 1 / 0.7)),
    [2, 3, 5, 7],
  );
  const mask = tf.tensor2d(
    Float32Array.from({ length: 35 }, (_, i) => (i % 3 === 0 ? -1e9 : 0)),
    [5, 7],
  );

  test('equals the formula written out', () => {
    const scores = tf.add(tf.div(tf.matMul(q, k, false, true), Math.sqrt(2)), mask);
    const want = tf.matMul(tf.mul(tf.softmax(scores), dropMask), v);
    expect(maskedAttention(q, k, v, { mask, dropMask })).toBeAllClose(want);
  });

  test.each([
    ['query', 0],
    ['key', 1],
    ['value', 2],
  ] as const)('gradient of the %s equals finite differences, with mask and dropout', (_name, argument) => {
    const weight = draw([2, 3, 5, 2], 9);
    const args: [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] = [q, k, v];
    const f = (x: tf.Tensor) => {
      const changed = args.map((arg, i) => (i === argument ? x : arg)) as typeof args;
      return tf.sum(tf.mul(weight, maskedAttention(...changed, { mask, dropMask }))) as tf.Scalar;
    };
    const point = args[argument];
    expect(tf.grad(f)(point)).toBeAllClose(tf.tensor(numericGradient(f, point), point.shape), {
      rtol: 1e-2,
      atol: 5e-3,
    });
  });

  test('one query shared by the batch gives the values and the summed gradient of copies', () => {
    const shared = draw([1, 3, 5, 2], 10) as tf.Tensor4D;
    const copies = tf.tile(shared, [2, 1, 1, 1]);
    const loss = (x: tf.Tensor) => tf.sum(tf.square(maskedAttention(x as tf.Tensor4D, k, v))) as tf.Scalar;
    expect(loss(shared)).toBeAllClose(loss(copies), { rtol: 1e-5 });
    expect(tf.grad(loss)(shared)).toBeAllClose(tf.sum(tf.grad(loss)(copies), 0, true), {
      rtol: 1e-4,
      atol: 1e-5,
    });
  });

  test('a masked key changes nothing', () => {
    const blocked = additiveMask([1, 7], [1, 1]);
    const queries = draw([2, 3, 7, 2], 11) as tf.Tensor4D;
    const before = maskedAttention(queries, k, v, { mask: blocked });
    // Window 1 blocks each token's own key and value: changing token 4 must leave query 4 as it was.
    const bump = tf.tensor(
      Float32Array.from({ length: 7 }, (_, i) => (i === 4 ? 9 : 0)),
      [1, 1, 7, 1],
    );
    const after = maskedAttention(queries, tf.add(k, bump), tf.add(v, bump), { mask: blocked });
    const row = (x: tf.Tensor4D, i: number) => tf.slice(x, [0, 0, i, 0], [-1, -1, 1, -1]);
    expect(row(after, 4)).toBeAllClose(row(before, 4), { rtol: 0, atol: 0 });
    expect(row(after, 3)).not.toBeAllClose(row(before, 3), { rtol: 0, atol: 1e-3 });
  });

  test('leaks nothing', () => expectNoLeak(() => maskedAttention(q, k, v, { mask, dropMask })));
});
