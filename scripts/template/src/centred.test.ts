import { expectNoLeak } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { centred } from './index.js';

test('subtracts the mean', () => {
  expect(centred(tf.tensor1d([1, 2, 6]))).toBeAllClose([-2, -1, 3]);
});

test('rejects an empty vector and leaks no tensor', () => {
  expect(() => centred(tf.tensor1d([]))).toThrow('centred: `x` is empty, expected at least one value.');
  const x = tf.tensor1d([1, 2]);
  expectNoLeak(() => centred(x));
});
