import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/** The scalar losses of one batch. An absent loss does not count. */
export interface LossParts {
  /** L_MSE, from {@link reconstructionLoss}. */
  readonly mse: tf.Scalar;
  /** L_CE, from {@link classificationLoss}. */
  readonly ce?: tf.Scalar | undefined;
  /** L_Prior, from {@link priorLoss}. */
  readonly prior?: tf.Scalar | undefined;
}

/** Weights of the auxiliary losses, 0 or more. */
export interface LossWeights {
  /** λ_CE. @defaultValue `1` (our decision) */
  readonly lambdaCe?: number | undefined;
  /** λ_Prior. @defaultValue `1` (our decision) */
  readonly lambdaPrior?: number | undefined;
}

/** Result of {@link weightedSum}. */
export interface LossSum {
  /** L, a new scalar; the caller disposes it. */
  readonly total: tf.Scalar;
  /** The unweighted losses that were passed. */
  readonly parts: LossParts;
}

/**
 * The training loss L = L_MSE + λ_CE·L_CE + λ_Prior·L_Prior (MINT-AD, abstract; the weights are our decision).
 *
 * A λ of 0 keeps the term with gradient 0, so that every weight of the network still has a gradient.
 *
 * @param parts - The losses of one batch.
 * @param weights - λ of each auxiliary loss, 0 or more.
 * @throws MintError `INVALID_ARGUMENT` when a weight is negative or not finite.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { weightedSum } from '@mint/losses';
 *
 * const { total } = weightedSum({ mse: tf.scalar(1.5), ce: tf.scalar(0.5) }, { lambdaCe: 0.5 });
 * console.log(total.dataSync()[0]); // 1.75
 * ```
 */
export function weightedSum(parts: LossParts, { lambdaCe = 1, lambdaPrior = 1 }: LossWeights = {}): LossSum {
  for (const [name, value] of Object.entries({ lambdaCe, lambdaPrior })) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `weightedSum: \`${name}\` must be finite and at least 0, got ${value}.`,
      );
    }
  }
  const { mse, ce, prior } = parts;
  const total = tf.tidy(() => {
    let sum = tf.clone(mse);
    if (ce) sum = tf.add(sum, tf.mul(ce, lambdaCe));
    if (prior) sum = tf.add(sum, tf.mul(prior, lambdaPrior));
    return sum;
  });
  return { total, parts };
}
