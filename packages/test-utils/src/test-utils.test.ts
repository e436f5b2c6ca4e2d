import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectNoLeak, numericGradient } from './index.js';

describe('toBeAllClose()', () => {
  test('holds within the tolerances and not beyond', () => {
    expect(tf.tensor([1, 100])).toBeAllClose([1.05, 101], { rtol: 0.02, atol: 0.04 });
    expect(tf.tensor([1, 100])).not.toBeAllClose([1.05, 103], { rtol: 0.02, atol: 0.04 });
  });

  test('NaN and infinities equal only themselves', () => {
    const odd = tf.tensor([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(odd).toBeAllClose(odd);
    expect(odd).not.toBeAllClose([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(odd).not.toBeAllClose([Number.NaN, Number.NEGATIVE_INFINITY]);
  });

  test('shapes must agree', () => {
    expect(tf.tensor([1, 2])).not.toBeAllClose([[1, 2]]);
  });
});

test('expectNoLeak() notices a tensor that stays', () => {
  expect(() => expectNoLeak(() => tf.add(tf.scalar(1), tf.scalar(2)))).toThrow('leaked 2 tensor(s)');
  expectNoLeak(() => tf.tidy(() => tf.add(tf.scalar(1), tf.scalar(2))));
});

test('numericGradient() of a cubic', () => {
  const x = tf.tensor1d([1, -2]);
  const gradient = numericGradient((v) => tf.sum(tf.pow(v, 3)), x);
  expect(tf.tensor1d(gradient)).toBeAllClose([3, 12], { rtol: 1e-2 });
});
