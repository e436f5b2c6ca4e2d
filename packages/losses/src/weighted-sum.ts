import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/** The scalar losses of one batch; an absent one does not count. */
export interface LossParts {
  readonly mse: tf.Scalar;
  readonly ce?: tf.Scalar | undefined;
  readonly prior?: tf.Scalar | undefined;
}

/** Weights of the auxiliary losses, 0 or more. */
export interface LossWeights {
  /** λ_CE. @defaultValue `1` (our decision) */
  readonly lambdaCe?: number;
  /** λ_Prior. @defaultValue `1` (our decision) */
  readonly lambdaPrior?: number;
}

/**
 * The training loss L = L_MSE + λ_CE·L_CE + λ_Prior·L_Prior (MINT-AD, abstract; weights are our decision).
 *
 * A weight of 0 keeps the term with gradient 0, so every weight of the network still has a gradient.
 *
 * @returns `total`, a new scalar the caller disposes, and `parts`, the unweighted losses as given.
 * @throws MintError `INVALID_ARGUMENT` when a weight is negative or not finite.
 */
export function weightedSum(
  parts: LossParts,
  { lambdaCe = 1, lambdaPrior = 1 }: LossWeights = {},
): { total: tf.Scalar; parts: LossParts } {
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
