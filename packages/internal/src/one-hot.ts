import * as tf from '@tensorflow/tfjs-core';

/**
 * 1 at each index, 0 elsewhere; an index outside [0, depth) gives a row of zeros. In place of tfjs' `oneHot`, which refuses a
 * single class, and on the wasm backend of tfjs 4.22 writes the bits of integers into float32.
 *
 * @param indices - int32 `[B]`.
 * @returns float32 `[B, depth]`; the caller disposes it.
 */
export function oneHot(indices: tf.Tensor1D, depth: number): tf.Tensor2D {
  return tf.tidy(() => {
    const classes = tf.range(0, depth, 1, 'int32');
    return tf.cast(tf.equal(tf.expandDims(indices, 1), classes), 'float32') as tf.Tensor2D;
  });
}
