import * as tf from '@tensorflow/tfjs-core';

/**
 * Cached features as a tensor.
 *
 * @param features - `[B, rows, cols, C]` flat.
 * @param grid - Rows and columns.
 * @returns `[B, rows, cols, C]`; the caller disposes it.
 */
export function featureTensor(
  features: Float32Array,
  [rows, cols]: readonly [number, number],
  channels: number,
): tf.Tensor4D {
  return tf.tensor4d(features, [features.length / (rows * cols * channels), rows, cols, channels]);
}
