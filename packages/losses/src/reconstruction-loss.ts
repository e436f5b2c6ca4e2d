import { customGradient } from '@mint/internal/nn';
import * as tf from '@tensorflow/tfjs-core';
import { assertSameShape } from './checks.js';

/**
 * L_MSE: mean of the squared differences of all elements (UniAD's loss; MINT-AD names it).
 *
 * @param reconstruction - f̂, any shape, float32.
 * @param target - f, the same shape: the clean features, even when the network's input was jittered.
 * @returns Scalar, 0 or more. Differentiable in both arguments.
 * @throws MintError `SHAPE_MISMATCH` when the shapes differ.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { reconstructionLoss } from '@mint/losses';
 *
 * const features = tf.tensor3d([[[1, 2], [3, 4]]]); // one image, two tokens, two channels
 * const rebuilt = tf.tensor3d([[[1, 2], [3, 2]]]);
 * console.log(reconstructionLoss(rebuilt, features).dataSync()[0]); // 1
 * ```
 */
export function reconstructionLoss(reconstruction: tf.Tensor, target: tf.Tensor): tf.Scalar {
  assertSameShape('reconstructionLoss', ['reconstruction', reconstruction], ['target', target]);
  return customGradient(
    [reconstruction, target],
    () => {
      const difference = tf.sub(reconstruction, target);
      return { value: tf.mean<tf.Scalar>(tf.square(difference)), saved: { difference } };
    },
    (dy, { difference }) => {
      const gradient = tf.mul(difference, tf.mul(dy, 2 / difference.size));
      return [gradient, tf.neg(gradient)];
    },
  );
}
