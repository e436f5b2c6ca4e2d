import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { hasKernel, runKernel } from './kernel-contract.js';
import { LAYER_NORM, LAYER_NORM_GRADIENT } from './kernels.js';

/**
 * Layer normalisation over the last axis (Ba et al. 2016). The gradient is written by hand, which takes a third of the
 * passes that the composed operations take; where the backend has a kernel for it, that does the work.
 *
 * @param x - `[..., d]` float32.
 * @param gamma - Gain, `[d]`.
 * @param beta - Bias, `[d]`.
 * @param epsilon - Added to the variance. @defaultValue 1e-5, as PyTorch
 * @returns The shape of `x`; the caller disposes it.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { layerNorm } from '@mint/transformer';
 *
 * const y = layerNorm(tf.tensor2d([[1, 2, 3, 6]]), tf.ones([4]), tf.zeros([4]));
 * console.log([...y.dataSync()].map((value) => value.toFixed(2))); // [ '-1.07', '-0.53', '0.00', '1.60' ]
 * ```
 */
export function layerNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor, beta: tf.Tensor, epsilon = 1e-5): T {
  return hasKernel(LAYER_NORM) ? fused(x, gamma, beta, epsilon) : composed(x, gamma, beta, epsilon);
}

function fused<T extends tf.Tensor>(x: T, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): T {
  return customGradient(
    [x, gamma, beta],
    () => {
      const { y, mean, inverse } = runKernel(LAYER_NORM, { x, gamma, beta }, { epsilon });
      return { value: y as T, saved: { x, gamma, mean, inverse } };
    },
    (dy, saved) => {
      const { dx, dGamma, dBeta } = runKernel(LAYER_NORM_GRADIENT, { dy, ...saved }, {});
      return [dx, dGamma, dBeta];
    },
  );
}

function composed<T extends tf.Tensor>(x: T, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): T {
  return customGradient(
    [x, gamma, beta],
    () => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)); // [..., 1]
      const normed = tf.mul(centred, inverse);
      return { value: tf.add<T>(tf.mul(normed, gamma), beta), saved: { normed, inverse, gamma } };
    },
    (dy, { normed, inverse, gamma }) => {
      const dNormed = tf.mul(dy, gamma);
      const mean = tf.mean(dNormed, -1, true); // [..., 1]
      const along = tf.mean(tf.mul(dNormed, normed), -1, true); // [..., 1]
      const dx = tf.mul(tf.sub(tf.sub(dNormed, mean), tf.mul(normed, along)), inverse);
      const rows = dy.shape.map((_, axis) => axis).slice(0, -1);
      return [dx, tf.sum(tf.mul(dy, normed), rows), tf.sum(dy, rows)];
    },
  );
}
