import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, test } from 'vitest';
import { expectSame, make, refused, type Spec } from './harness.js';

// Calls that tfjs' types or habits make rare: operands of different types, images of integers, odd ranks.

/** An image with two groups of grey values. */
const gray = (channels: number, dtype: Spec['dtype']): Spec => ({
  shape: [5, 7, channels],
  dtype,
  values: Array.from({ length: 35 * channels }, (_, i) => (i % 3 === 0 ? 170 : 40) + ((i * 29) % 50)),
});

test.each([
  ['integers', gray(1, 'int32')],
  ['floats', gray(1, 'float32')],
  ['colours', gray(3, 'int32')],
  ['one value', { shape: [2, 2, 1], dtype: 'int32', values: [7, 7, 7, 7] } as const],
])('thresholds of an image of %s', (_, x) => {
  const image = () => make(x as Spec) as tf.Tensor3D;
  return expectSame({
    otsu: () => tf.image.threshold(image(), 'otsu', false),
    'otsu, inverted': () => tf.image.threshold(image(), 'otsu', true),
    binary: () => tf.image.threshold(image(), 'binary', false, 0.3),
  });
});

const TYPES = ['float32', 'int32', 'bool'] as const;
const PAIRS = TYPES.flatMap((first) => TYPES.map((second) => [first, second] as const));

/** A tensor of small numbers. */
function some(shape: number[], dtype: Spec['dtype']): tf.Tensor {
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i * 5) % 7) - 2);
  return tf.tensor(dtype === 'bool' ? values.map((value) => (value > 0 ? 1 : 0)) : values, shape, dtype);
}

describe.each(PAIRS)('%s and %s', (first, second) => {
  test.each([[[]], [[4]], [[2, 3]], [[2, 3, 2, 1]]])('of shape %j', (shape) =>
    expectSame({
      where: () => tf.where(some(shape, 'bool'), some(shape, first), some(shape, second)),
      ...(shape.length === 0
        ? {}
        : { concat: () => tf.concat([some(shape, first), some(shape, second), some(shape, 'int32')], -1) }),
      ...(first === second
        ? {}
        : refused({ stack: () => tf.stack([some(shape, first), some(shape, second)]) })),
    }),
  );
});

const image = (dtype: Spec['dtype']) => some([1, 4, 5, 2], dtype) as tf.Tensor4D;

test.each(TYPES)('addN, volumes, dilation of %s', (dtype) =>
  expectSame({
    'addN of vectors': () => tf.addN([some([3], dtype), some([3], dtype)]),
    conv3d: () => tf.conv3d(some([1, 3, 4, 4, 2], dtype) as tf.Tensor5D, tf.ones([2, 2, 2, 2, 3]), 1, 'same'),
    maxPool3d: () => tf.maxPool3d(some([1, 3, 4, 4, 2], dtype) as tf.Tensor5D, 2, 1, 'same'),
    dilation2d: () => tf.dilation2d(image(dtype), tf.ones([2, 2, 2]), 1, 'same'),
    'a bias of another type': () =>
      tf.fused.matMul({
        a: some([2, 3], 'float32') as tf.Tensor2D,
        b: some([3, 2], 'float32') as tf.Tensor2D,
        bias: some([2], dtype),
      }),
  }),
);

// cpu computes fractions here and calls them integers: compared with what it makes of the same numbers as floats.
test.each(TYPES)('normalisation of %s gives fractions', (dtype) => {
  const input = () =>
    (tf.getBackend() === 'onnx' ? image(dtype) : tf.cast(image(dtype), 'float32')) as tf.Tensor4D;
  return expectSame({
    batchNorm: () => tf.batchNorm(input(), tf.tensor1d([0.1, 1]), tf.tensor1d([0.5, 2])),
    localResponseNormalization: () => tf.localResponseNormalization(input(), 1),
  });
});
