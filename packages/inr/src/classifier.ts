import { formatShape, MintError } from '@mint/internal';
import { linear, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Of the layer norm, as PyTorch. */
const EPSILON = 1e-5;

/** Result of {@link classify}; the caller disposes all three. */
export interface Classification {
  /** Class scores before softmax, `[B, K]`. */
  readonly logits: tf.Tensor2D;
  /** π = softmax(logits), `[B, K]`: rows sum to 1. */
  readonly posterior: tf.Tensor2D;
  /** u, `[B, H]`, non-negative: input of the last linear layer. */
  readonly penultimate: tf.Tensor2D;
}

/**
 * Image classifier on frozen features: mean of the tokens, layer norm (ε = 1e-5), one ReLU layer, one linear layer (our
 * decision; the paper only says that a classification loss supervises the class information).
 *
 * @param params - Weights named as in `classQuerySpecs`.
 * @param tokens - `[B, N, C]` float32: the clean features, also in training.
 * @throws MintError `SHAPE_MISMATCH` when `tokens` is not `[B, N, C]`, `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classify, classQuerySpecs, initParams } from '@mint/inr';
 *
 * const config = { classes: 3, channels: 20, grid: [4, 4], hidden: 32, decoderLayers: 2 } as const;
 * const params = initParams(classQuerySpecs(config), 1);
 * const { posterior, penultimate } = classify(params, tf.zeros([2, 16, 20]));
 * console.log(posterior.shape, penultimate.shape); // [ 2, 3 ] [ 2, 256 ]
 * console.log(tf.sum(posterior, 1).dataSync()); // Float32Array(2) [ 1, 1 ]
 * ```
 */
export function classify(params: Params, tokens: tf.Tensor3D): Classification {
  const gamma = param(params, 'classifier/norm/gamma');
  if (tokens.shape.length !== 3 || tokens.shape[2] !== gamma.size) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `classify: \`tokens\` must be ${formatShape([null, null, gamma.size])}, got ${formatShape(tokens.shape)}.`,
    );
  }
  return tf.tidy(() => {
    const pooled = tf.mean(tokens, 1);
    const centred = tf.sub(pooled, tf.mean(pooled, 1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), EPSILON));
    const normed = tf.add(
      tf.mul(tf.mul(centred, scale), gamma),
      param(params, 'classifier/norm/beta', gamma.shape),
    );
    const penultimate = tf.relu(linear(params, 'classifier/dense1', normed as tf.Tensor2D));
    const logits = linear(params, 'classifier/dense2', penultimate);
    return { logits, posterior: tf.softmax(logits), penultimate };
  });
}
