import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../../graph/layout.js';
import { integers, record } from '../../graph/value.js';
import { kernel, pad, transpose } from '../kernel.js';

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Kernels that move blocks between the batch, the image and its channels: reshape, transpose, reshape. */
export const spaceBatchKernels = [
  kernel<tf.SpaceToBatchNDInputs, tf.SpaceToBatchNDAttrs>(
    tf.SpaceToBatchND,
    (backend, { x }, { blockShape, paddings }) => {
      const value = backend.plain(x);
      const padded = pad(
        value,
        value.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]) as [number, number][],
      );
      const shape = [...padded.shape];
      const block = product(blockShape);
      const split = tf.backend_util.getReshaped(shape, blockShape, block, false);
      const order = tf.backend_util.getPermuted(split.length, blockShape.length, false);
      const joined = tf.backend_util.getReshapedPermuted(shape, blockShape, block, false);
      return backend.make(reshape(transpose(reshape(padded, split), order), joined));
    },
  ),
  kernel<tf.BatchToSpaceNDInputs, tf.BatchToSpaceNDAttrs>(
    tf.BatchToSpaceND,
    (backend, { x }, { blockShape, crops }) => {
      const value = backend.plain(x);
      const shape = [...value.shape];
      const block = product(blockShape);
      const split = tf.backend_util.getReshaped(shape, blockShape, block);
      const order = tf.backend_util.getPermuted(split.length, blockShape.length);
      const joined = tf.backend_util.getReshapedPermuted(shape, blockShape, block);
      const whole = reshape(transpose(reshape(value, split), order), joined);
      const starts = tf.backend_util.getSliceBeginCoords(crops, blockShape.length);
      const cropped = tf.backend_util.getSliceSize(joined, crops, blockShape.length);
      const size = joined.map((length, axis) => cropped[axis] ?? length);
      const begins = size.map((_, axis) => starts[axis] ?? 0);
      const ends = size.map((length, axis) => (begins[axis] ?? 0) + length);
      const axes = integers(size.map((_, axis) => axis));
      return backend.make(
        record('Slice', [whole, integers(begins), integers(ends), axes], size, value.dtype),
      );
    },
  ),
  kernel<tf.DepthToSpaceInputs, tf.DepthToSpaceAttrs>(
    tf.DepthToSpace,
    (backend, { x }, { blockSize, dataFormat }) => {
      tf.util.assert(
        dataFormat === 'NHWC',
        () => `depthToSpace: only the data format NHWC is supported, got ${dataFormat}.`,
      );
      const value = backend.plain(x);
      const [batch, height, width, channels] = value.shape as [number, number, number, number];
      const depth = channels / blockSize ** 2;
      const blocks = reshape(value, [batch, height, width, blockSize, blockSize, depth]);
      const rows = transpose(blocks, [0, 1, 3, 2, 4, 5]);
      return backend.make(reshape(rows, [batch, height * blockSize, width * blockSize, depth]));
    },
  ),
];
