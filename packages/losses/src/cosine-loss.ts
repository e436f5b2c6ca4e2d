import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { assertSameShape } from './checks.js';

/** Smallest squared norm that is divided by: the cosine of a token of zeros is 0, not NaN. */
const MIN_SQUARED_NORM = 1e-16;

const inverseNorm = (x: tf.Tensor): tf.Tensor =>
  tf.rsqrt(tf.maximum(tf.sum(tf.square(x), -1), MIN_SQUARED_NORM));

/**
 * Mean over tokens of 1 − cos(f̂, f), the cosine taken over the last axis: it compares directions only. An
 * alternative to {@link reconstructionLoss} that is common in distillation; not part of MINT-AD.
 *
 * @param reconstruction - f̂, `[..., C]` float32.
 * @param target - f, the same shape.
 * @returns Scalar in [0, 2]. Differentiable in both arguments. The cosine of a token with a norm below 1e-8 is near 0.
 * @throws MintError `SHAPE_MISMATCH` when the shapes differ or have no axis.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { cosineLoss } from '@mint/losses';
 *
 * const target = tf.tensor2d([[1, 0], [3, 4]]);
 * console.log(cosineLoss(tf.mul(target, 2), target).dataSync()[0]); // 0
 * console.log(cosineLoss(tf.neg(target), target).dataSync()[0]); // 2
 * ```
 */
export function cosineLoss(reconstruction: tf.Tensor, target: tf.Tensor): tf.Scalar {
  assertSameShape('cosineLoss', ['reconstruction', reconstruction], ['target', target]);
  if (reconstruction.shape.length === 0) {
    throw new MintError('SHAPE_MISMATCH', 'cosineLoss: the tensors must have a channel axis, got [] and [].');
  }
  return tf.tidy(() => {
    const dot = tf.sum(tf.mul(reconstruction, target), -1);
    const cosine = tf.mul(tf.mul(dot, inverseNorm(reconstruction)), inverseNorm(target));
    return tf.sub<tf.Scalar>(1, tf.mean(cosine));
  });
}
