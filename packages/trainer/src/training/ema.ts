import * as tf from '@tensorflow/tfjs-core';

/**
 * One step of an exponential moving average of weights, with TensorFlow's decay for new averages, which soon forgets the
 * initial weights; t counts from 0:
 *
 *     d = min(decay, (1 + t)/(10 + t));  a ← a + (1 − d)·(w − a)
 *
 * Replaces the tensors in `average` and disposes the old ones.
 *
 * @param t - Steps taken before this one.
 */
export function emaStep(
  average: Record<string, tf.Tensor>,
  weights: Readonly<Record<string, tf.Tensor>>,
  decay: number,
  t: number,
): void {
  tf.tidy(() => {
    // A tensor, so that the graph of a step stays the same.
    const share = tf.scalar(1 - Math.min(decay, (1 + t) / (10 + t)));
    for (const [name, weight] of Object.entries(weights)) {
      const old = average[name] as tf.Tensor;
      average[name] = tf.keep(tf.add(old, tf.mul(tf.sub(weight, old), share)));
      old.dispose();
    }
  });
}
