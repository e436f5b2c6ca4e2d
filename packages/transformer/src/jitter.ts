import * as tf from '@tensorflow/tfjs-core';

/** UniAD's jitter strength. */
const JITTER_SCALE = 20;

/**
 * UniAD's feature jitter, for training: `x + ε·‖token‖₂/C·scale`.
 *
 * @param tokens - `[B, N, C]`.
 * @param noise - ε, `[B, N, C]` standard normal; see {@link createNoise}.
 * @param scale - Strength, dimensionless. @defaultValue 20, as UniAD
 * @returns `[B, N, C]`; the caller disposes it.
 * @see You et al., "A Unified Model for Multi-class Anomaly Detection", NeurIPS 2022.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { jitter } from '@mint/transformer';
 *
 * const tokens = tf.tensor3d([[[3, 4]]]); // length 5, two channels
 * const noise = tf.tensor3d([[[0.1, -0.1]]]);
 * console.log(jitter(tokens, noise).arraySync()); // [ [ [ 8, -1 ] ] ]
 * ```
 */
export function jitter(tokens: tf.Tensor3D, noise: tf.Tensor3D, scale = JITTER_SCALE): tf.Tensor3D {
  return tf.tidy(() => {
    const length = tf.sqrt(tf.sum(tf.square(tokens), -1, true)); // [B, N, 1]
    return tf.add(tokens, tf.mul(noise, tf.mul(length, scale / tokens.shape[2])));
  });
}
