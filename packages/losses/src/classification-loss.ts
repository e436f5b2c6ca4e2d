import { formatShape, MintError } from '@mint/internal';
import { customGradient } from '@mint/internal/nn';
import { oneHot } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/**
 * L_CE: cross-entropy of class logits and class indices, mean over the batch, without label smoothing (MINT-AD names the
 * loss; its form is our decision).
 *
 * @param logits - `[B, K]` float32, before softmax.
 * @param labels - int32 `[B]`, each in [0, K). Values are not read, so they are not checked: a row with a label outside
 * the range adds 0 to the loss.
 * @returns Scalar, 0 or more. Differentiable in `logits`.
 * @throws MintError `SHAPE_MISMATCH` when `logits` is not `[B, K]` or `labels` not `[B]`, `INVALID_ARGUMENT` when
 * `labels` is not int32.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classificationLoss } from '@mint/losses';
 *
 * const logits = tf.tensor2d([[2, 0], [0, 0]]); // two images, two classes
 * const labels = tf.tensor1d([0, 1], 'int32');
 * console.log(classificationLoss(logits, labels).dataSync()[0]?.toFixed(3)); // 0.410
 * ```
 */
export function classificationLoss(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  if (logits.shape.length !== 2 || labels.shape.join() !== `${logits.shape[0]}`) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `classificationLoss: \`logits\` must be [B, K] and \`labels\` [B], got ${formatShape(logits.shape)} and ${formatShape(labels.shape)}.`,
    );
  }
  if (labels.dtype !== 'int32') {
    throw new MintError(
      'INVALID_ARGUMENT',
      `classificationLoss: \`labels\` must be int32, got ${labels.dtype}.`,
    );
  }
  const [batch, classes] = logits.shape;
  return customGradient(
    [logits],
    () => {
      const logPosterior = tf.logSoftmax(logits); // [B, K]
      const wanted = oneHot(labels, classes); // [B, K]
      const value = tf.mul<tf.Scalar>(tf.sum(tf.mul(wanted, logPosterior)), -1 / batch);
      return { value, saved: { logPosterior, wanted } };
    },
    (dy, { logPosterior, wanted }) => [tf.mul(tf.sub(tf.exp(logPosterior), wanted), tf.mul(dy, 1 / batch))],
  );
}
