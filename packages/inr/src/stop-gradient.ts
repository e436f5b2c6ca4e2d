import { customGradient } from '@mint/internal/nn';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The same values, cut off from the gradient. TensorFlow.js has no such operation: a custom gradient without inputs leaves
 * nothing for the backward pass to follow, so the cut costs no backward operations either.
 */
export const stopGradient = <T extends tf.Tensor>(x: T): T =>
  customGradient(
    [],
    () => ({ value: tf.clone(x), saved: {} }),
    () => [],
  );
