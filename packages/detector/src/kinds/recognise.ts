import * as tf from '@tensorflow/tfjs-core';

/**
 * Recognises classes without a network: log likelihood, up to a constant, of an image's mean token under a Gaussian around the
 * mean of each class, with a diagonal covariance that all classes share; and the posterior that follows from equal priors.
 *
 * @param tokens - `[B, N, C]`.
 * @param means - `[K, C]`: mean token of each class.
 * @param spread - `[C]`: standard deviation of an image's mean token around that of its class, more than 0.
 */
export function recogniseByMean(
  tokens: tf.Tensor3D,
  means: tf.Tensor2D,
  spread: tf.Tensor1D,
): { readonly logits: tf.Tensor2D; readonly posterior: tf.Tensor2D } {
  const images = tf.expandDims(tf.mean(tokens, 1), 1);
  const standardised = tf.div(tf.sub(images, tf.expandDims(means, 0)), spread);
  const logits = tf.mul(tf.sum(tf.square(standardised), 2), -0.5) as tf.Tensor2D;
  return { logits, posterior: tf.softmax(logits) };
}
