import { formatShape, MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { assertSameShape } from './checks.js';

/** Mean and deviation of every feature channel over the training set. */
export interface ChannelStats {
  /** `[C]` float32. */
  readonly mean: tf.Tensor1D;
  /** `[C]` float32, above 0. */
  readonly std: tf.Tensor1D;
}

/**
 * L_Prior: negative log-likelihood of the features under a Gaussian, mean over all elements of
 * ½·[(z − μ)²·e^(−s) + s] with z = (f − mean)/std; the constant ½·log 2π is left out. MINT-AD names the loss, its form
 * is our decision.
 *
 * @param features - f, `[..., C]` float32, the clean features.
 * @param mu - μ, the same shape.
 * @param logVar - s = log σ², the same shape. Clamp it before: e^(−s) overflows below −88.
 * @param stats - Standardises the features. Leave it out when they are standardised already.
 * @returns Scalar; negative values are possible. Differentiable in `features`, `mu` and `logVar`.
 * @throws MintError `SHAPE_MISMATCH` when shapes differ or the statistics are not `[C]`.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { priorLoss } from '@mint/losses';
 *
 * const features = tf.tensor3d([[[1, 2], [3, 4]]]); // one image, two tokens, two channels
 * const [mu, logVar] = [tf.zerosLike(features), tf.zerosLike(features)]; // a standard normal prior
 * const stats = { mean: tf.tensor1d([2, 3]), std: tf.tensor1d([1, 1]) };
 * console.log(priorLoss(features, mu, logVar, stats).dataSync()[0]); // 0.5
 * ```
 */
export function priorLoss(
  features: tf.Tensor,
  mu: tf.Tensor,
  logVar: tf.Tensor,
  stats?: ChannelStats,
): tf.Scalar {
  assertSameShape('priorLoss', ['features', features], ['mu', mu]);
  assertSameShape('priorLoss', ['features', features], ['logVar', logVar]);
  const channels = `${features.shape.at(-1)}`;
  if (stats !== undefined && (stats.mean.shape.join() !== channels || stats.std.shape.join() !== channels)) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `priorLoss: \`mean\` and \`std\` must be [${channels}], one value per channel of \`features\` ` +
        `${formatShape(features.shape)}, got ${formatShape(stats.mean.shape)} and ${formatShape(stats.std.shape)}.`,
    );
  }
  return tf.tidy(() => {
    const z = stats === undefined ? features : tf.div(tf.sub(features, stats.mean), stats.std);
    return gaussianNll(z, mu, logVar) as tf.Scalar;
  });
}

const gaussianNll = tf.customGrad((z, mu, s, save) => {
  const residual = tf.sub(mu as tf.Tensor, z as tf.Tensor);
  const weighted = tf.mul(residual, tf.exp(tf.neg(s as tf.Tensor)));
  const squared = tf.mul(residual, weighted);
  (save as tf.GradSaveFunc)([weighted, squared]);
  return {
    value: tf.mul(tf.mean(tf.add(squared, s as tf.Tensor)), 0.5),
    gradFunc: (dy, [weighted, squared]) => {
      const share = 1 / residual.size;
      const dMu = tf.mul(weighted as tf.Tensor, tf.mul(dy, share));
      return [tf.neg(dMu), dMu, tf.mul(tf.sub(1, squared as tf.Tensor), tf.mul(dy, share / 2))];
    },
  };
});
