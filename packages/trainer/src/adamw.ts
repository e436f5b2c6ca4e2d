import * as tf from '@tensorflow/tfjs-core';

/** PyTorch's constants. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** First and second moment of every weight, by weight name. */
export interface Moments {
  readonly first: Record<string, tf.Tensor>;
  readonly second: Record<string, tf.Tensor>;
}

export interface AdamWOptions {
  readonly learningRate: number;
  /** On every weight: biases, norms and embeddings too, as PyTorch's AdamW. */
  readonly weightDecay: number;
  /** Steps taken before this one. */
  readonly step: number;
  /** Global norm the gradients are scaled down to; undefined: no clipping. */
  readonly clipNorm?: number | undefined;
}

/** Moments of zero for new weights; the caller disposes them. */
export function zeroMoments(weights: Readonly<Record<string, tf.Tensor>>): Moments {
  const zeros = () => mapValues(weights, (weight) => tf.keep(tf.zerosLike(weight)));
  return { first: zeros(), second: zeros() };
}

/** √Σ‖g‖² over all tensors, a scalar tensor. */
export function globalNorm(gradients: Readonly<Record<string, tf.Tensor>>): tf.Scalar {
  return tf.tidy(
    () =>
      tf.sqrt(tf.addN(Object.values(gradients).map((g) => tf.sum(tf.square(g)) as tf.Scalar))) as tf.Scalar,
  );
}

/**
 * One AdamW step with PyTorch's semantics (Loshchilov and Hutter 2019): gradients are clipped to a global norm
 * (`g·min(1, clip/(‖g‖ + 1e-6))`), weights decay first, epsilon stands outside the bias-corrected root:
 *
 *     w ← w·(1 − lr·wd);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε)
 *
 * Assigns the variables and replaces the tensors in `moments`; disposes the old ones. The gradients stay the caller's.
 */
export function adamwStep(
  variables: Readonly<Record<string, tf.Variable>>,
  gradients: Readonly<Record<string, tf.Tensor>>,
  moments: Moments,
  { learningRate, weightDecay, step, clipNorm }: AdamWOptions,
): void {
  const t = step + 1;
  const size = learningRate / (1 - BETA1 ** t);
  tf.tidy(() => {
    // The step size is moved into the denominator: one pass over the weights less.
    const root = tf.scalar(1 / Math.sqrt(1 - BETA2 ** t) / size);
    const epsilon = tf.scalar(EPSILON / size);
    const decay = tf.scalar(1 - learningRate * weightDecay);
    const clip =
      clipNorm === undefined
        ? tf.scalar(1)
        : tf.minimum(1, tf.div(tf.scalar(clipNorm), tf.add(globalNorm(gradients), 1e-6)));
    const firstShare = tf.mul(clip, 1 - BETA1);
    const secondShare = tf.mul(tf.square(clip), 1 - BETA2);
    for (const [name, variable] of Object.entries(variables)) {
      const gradient = gradients[name];
      const [oldFirst, oldSecond] = [moments.first[name], moments.second[name]];
      if (gradient === undefined || oldFirst === undefined || oldSecond === undefined) continue;
      const first = tf.add(tf.mul(oldFirst, BETA1), tf.mul(gradient, firstShare));
      const second = tf.add(tf.mul(oldSecond, BETA2), tf.mul(tf.square(gradient), secondShare));
      const update = tf.div(first, tf.add(tf.mul(tf.sqrt(second), root), epsilon));
      variable.assign(tf.sub(tf.mul(variable, decay), update));
      moments.first[name] = tf.keep(first);
      moments.second[name] = tf.keep(second);
      tf.dispose([oldFirst, oldSecond]);
    }
  });
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
