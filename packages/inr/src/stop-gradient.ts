import * as tf from '@tensorflow/tfjs-core';

/**
 * The same values, cut off from the gradient. TensorFlow.js has no such operation: a custom gradient without
 * inputs leaves nothing for the backward pass to follow, so the cut also costs no backward operations.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return tf.customGrad(() => ({ value: tf.clone(x), gradFunc: () => [] }))();
}
