import { formatShape, MintError } from '@mint/internal';
import { customGradient } from '@mint/internal/nn';
import * as tf from '@tensorflow/tfjs-core';
import { assertSameShape } from './checks.js';

/** Mean and standard deviation of each feature channel over the training set. */
export interface ChannelStats {
  /** `[C]` float32. */
  readonly mean: tf.Tensor1D;
  /** `[C]` float32, above 0. */
  readonly std: tf.Tensor1D;
}

/**
 * L_Prior: negative log-likelihood of the features under a Gaussian, mean over all elements of
 * ½·[(z − μ)²·e^(−s) + s] with z = (f − mean)/std, without the constant ½·log 2π. MINT-AD names the loss; its form is our
 * decision.
 *
 * @param features - f, `[..., C]` float32, the clean features.
 * @param mu - μ, the same shape.
 * @param logVar - s = log σ², the same shape. Clamp it first: e^(−s) overflows for s below −88.
 * @param stats - Standardises the features. Leave it out if they are standardised already.
 * @returns Scalar, possibly negative. Differentiable in `features`, `mu` and `logVar`.
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
    return gaussianNll(z, mu, logVar);
  });
}

/** Mean of ½·[(z − μ)²·e^(−s) + s]. */
function gaussianNll(z: tf.Tensor, mu: tf.Tensor, logVar: tf.Tensor): tf.Scalar {
  return customGradient(
    [z, mu, logVar],
    () => {
      const residual = tf.sub(mu, z);
      const weighted = tf.mul(residual, tf.exp(tf.neg(logVar)));
      const squared = tf.mul(residual, weighted);
      const value = tf.mul<tf.Scalar>(tf.mean(tf.add(squared, logVar)), 0.5);
      return { value, saved: { weighted, squared } };
    },
    (dy, { weighted, squared }) => {
      const share = 1 / weighted.size;
      const dMu = tf.mul(weighted, tf.mul(dy, share));
      return [tf.neg(dMu), dMu, tf.mul(tf.sub(1, squared), tf.mul(dy, share / 2))];
    },
  );
}
