import { formatShape, MintError } from '@mint/internal';
import { oneHot } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/**
 * L_CE: cross-entropy of class logits against class indices, mean over the batch, no label smoothing (MINT-AD names
 * the loss; the form is our decision).
 *
 * @param logits - `[B, K]` float32, before softmax.
 * @param labels - int32 `[B]`, each in [0, K). Values are not read, hence not checked: a label outside the range counts
 * as loss 0 for its row.
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
  const loss = tf.customGrad((a, save) => {
    const logPosterior = tf.logSoftmax(a as tf.Tensor);
    const wanted = oneHot(labels, classes);
    (save as tf.GradSaveFunc)([logPosterior, wanted]);
    return {
      value: tf.mul(tf.sum(tf.mul(wanted, logPosterior)), -1 / batch) as tf.Scalar,
      gradFunc: (dy, [logPosterior, wanted]) =>
        tf.mul(tf.sub(tf.exp(logPosterior as tf.Tensor), wanted as tf.Tensor), tf.mul(dy, 1 / batch)),
    };
  });
  return tf.tidy(() => loss(logits) as tf.Scalar);
}
