import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { test } from 'vitest';
import { type Calls, conforms, fixed, make, positive, type Result } from './harness.js';

// A convolution's result stays in ONNX Runtime's order for images: everything that may follow it.

type Image = tf.Tensor4D;

interface Operands {
  image: tf.Tensor;
  channel: tf.Tensor;
  spread: tf.Tensor;
  matrix: tf.Tensor;
}

const follow: Record<string, (y: Image, operands: Operands) => Result> = {
  'scale by channel': (y, { channel }) => tf.mul(tf.add(y, channel), tf.reshape(channel, [1, 1, 1, 5])),
  'gate per image': (y) => tf.mul(y, tf.sigmoid(tf.mean(y, [1, 2], true))),
  'add an image': (y, { image }) => tf.add(y, image),
  'larger partner': (y, { image }) => tf.mul(tf.mean(y, [1, 2], true), image),
  'higher rank partner': (y) => tf.add(y, tf.reshape(tf.range(0, 3), [3, 1, 1, 1, 1])),
  'sum over sides': (y) => [
    tf.sum(y, [1, 2]),
    tf.sum(y, 3),
    tf.sum(y, [1, 3]),
    tf.mean(y, 0),
    tf.max(y, [1, 2, 3]),
    tf.sum(y, 1),
    tf.sum(y, [0, 3], true),
    tf.min(y),
  ],
  'batchNorm, all given': (y, { channel, spread }) =>
    tf.batchNorm(
      y,
      channel as tf.Tensor1D,
      spread as tf.Tensor1D,
      channel as tf.Tensor1D,
      spread as tf.Tensor1D,
      1e-3,
    ),
  'batchNorm, mean and variance': (y, { channel, spread }) =>
    tf.batchNorm(y, channel as tf.Tensor1D, spread as tf.Tensor1D),
  'concat channels': (y, { image }) => tf.concat([y, tf.relu(y), image as Image], 3),
  'split channels': (y) => tf.split(y, [2, 3], 3),
  pad: (y) =>
    tf.pad(
      y,
      [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 1],
      ],
      7,
    ),
  slice: (y) => tf.slice(y, [0, 1, 2, 1], [2, 2, 3, 3]),
  transpose: (y) => [tf.transpose(y, [0, 3, 1, 2]), tf.transpose(y, [3, 0, 2, 1])],
  reshape: (y) => [
    tf.reshape(y, [2, -1, 5]),
    tf.reshape(tf.mean(y, [1, 2], true), [2, 5]),
    tf.relu(tf.reshape(y, [y.shape[0], y.shape[2], y.shape[1], 5])),
  ],
  select: (y) => tf.where(tf.greater(y, 0), y, tf.mul(y, 0.1)),
  cast: (y) => [tf.cast(tf.greater(y, 0), 'float32'), tf.cast(y, 'int32')],
  resize: (y) => [tf.image.resizeBilinear(y, [9, 5], true), tf.image.resizeNearestNeighbor(y, [9, 5])],
  reverse: (y) => [tf.reverse(y, [1, 3]), tf.image.flipLeftRight(y)],
  tile: (y) => tf.tile(y, [1, 2, 1, 3]),
  'mirror pad': (y) =>
    tf.mirrorPad(
      y,
      [
        [0, 0],
        [1, 2],
        [1, 0],
        [0, 0],
      ],
      'reflect',
    ),
  pool: (y) => [tf.maxPool(y, 2, 2, 'same'), tf.avgPool(y, 3, 1, 'same')],
  localResponseNormalization: (y) => tf.localResponseNormalization(y, 1),
  softmax: (y) => tf.softmax(y),
  cumsum: (y) => tf.cumsum(y, 1),
  argMax: (y) => tf.argMax(y, 3),
  gather: (y) => tf.gather(y, tf.tensor1d([3, 0], 'int32'), 3),
  matMul: (y, { matrix }) => tf.matMul(y, matrix),
  'another convolution and a bias': (y, { channel }) =>
    tf.add(tf.conv2d(y, tf.ones([2, 2, 5, 5]) as Image, 1, 'same'), channel),
};

test('after a convolution', () =>
  conforms(
    fc.record({
      x: fixed([2, 7, 11, 3]),
      filter: fixed([3, 3, 3, 5]),
      image: fixed([2, 4, 6, 5]),
      channel: fixed([5]),
      spread: fixed([5], positive),
      matrix: fixed([5, 7]),
    }),
    (specs): Calls => {
      const convolved = () => tf.conv2d(make(specs.x) as Image, make(specs.filter) as Image, 2, 'same');
      const operands = (): Operands => ({
        image: make(specs.image),
        channel: make(specs.channel),
        spread: make(specs.spread),
        matrix: make(specs.matrix),
      });
      return Object.fromEntries(
        Object.entries(follow).map(([name, run]) => [name, () => run(convolved(), operands())]),
      );
    },
    { rtol: 1e-4, atol: 1e-4 },
  ));
