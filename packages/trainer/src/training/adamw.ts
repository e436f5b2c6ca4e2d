import { ADAMW, hasKernel, runKernel } from '@mint/internal/nn';
import * as tf from '@tensorflow/tfjs-core';

/** PyTorch's constants. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** First and second moment of every weight, by weight name. */
export interface Moments {
  /** m, in the shapes of the weights. */
  readonly first: Record<string, tf.Tensor>;
  /** v, in the shapes of the weights. */
  readonly second: Record<string, tf.Tensor>;
}

/** Numbers of one {@link adamwStep}. */
export interface AdamWOptions {
  /** Learning rate of this step. */
  readonly learningRate: number;
  /** Weight decay on every weight: also on biases, norms and embeddings, as in PyTorch's AdamW. */
  readonly weightDecay: number;
  /** Steps taken before this one. */
  readonly step: number;
  /** Global norm that the gradients are clipped to. Default: no clipping. */
  readonly clipNorm?: number | undefined;
}

/**
 * Moments of zero for new weights; the caller disposes them.
 *
 * See the example of {@link adamwStep}.
 */
export function zeroMoments(weights: Readonly<Record<string, tf.Tensor>>): Moments {
  const zeros = () => mapValues(weights, (weight) => tf.keep(tf.zerosLike(weight)));
  return { first: zeros(), second: zeros() };
}

/**
 * √Σ‖g‖² over all tensors, a scalar tensor.
 *
 * See the example of {@link adamwStep}.
 */
export function globalNorm(gradients: Readonly<Record<string, tf.Tensor>>): tf.Scalar {
  return tf.tidy(() => {
    // Not addN: on WebGPU it binds a buffer for each gradient, of which there may be eight.
    const squares = Object.values(gradients).map((g) => tf.sum(tf.square(g)));
    return tf.sqrt(tf.sum(tf.stack(squares))) as tf.Scalar;
  });
}

/**
 * One AdamW step with PyTorch's semantics (Loshchilov and Hutter 2019): gradients are clipped to a global norm
 * (`g·min(1, clip/(‖g‖ + 1e-6))`), weights decay first, epsilon stands outside the bias-corrected root:
 *
 *     w ← w·(1 − lr·wd);  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε)
 *
 * Assigns the variables and replaces the tensors in `moments`; disposes the old ones. The gradients stay the caller's.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { adamwStep, globalNorm, zeroMoments } from '@mint/trainer';
 *
 * const weight = tf.variable(tf.tensor([1, -2]));
 * const moments = zeroMoments({ weight });
 * const gradients = { weight: tf.tensor([3, 4]) };
 * console.log(await globalNorm(gradients).data()); // Float32Array(1) [ 5 ]
 * adamwStep({ weight }, gradients, moments, { learningRate: 0.1, weightDecay: 0, step: 0 });
 * console.log([...(await weight.data())].map((value) => value.toFixed(3))); // [ '0.900', '-2.100' ]
 * ```
 */
export function adamwStep(
  variables: Readonly<Record<string, tf.Variable>>,
  gradients: Readonly<Record<string, tf.Tensor>>,
  moments: Moments,
  { learningRate, weightDecay, step, clipNorm }: AdamWOptions,
): void {
  const t = step + 1;
  const size = learningRate / (1 - BETA1 ** t);
  // A weight without a gradient stays as it is, moments too.
  const names = Object.keys(variables).filter((name) => gradients[name] !== undefined);
  const list = <T extends tf.Tensor>(tensors: Readonly<Record<string, T>>): T[] =>
    names.map((name) => tensors[name] as T);
  const [weights, first, second] = [list(variables), list(moments.first), list(moments.second)];
  const old = [first, second];
  tf.tidy(() => {
    // The step size is moved into the denominator, which saves a pass over the weights.
    const numbers = [1 / Math.sqrt(1 - BETA2 ** t) / size, EPSILON / size, 1 - learningRate * weightDecay];
    const scalars = numbers.map((value) => tf.scalar(value)) as [tf.Scalar, tf.Scalar, tf.Scalar];
    const [root, epsilon, decay] = scalars;
    const state = { weights, gradients: list(gradients), first, second };
    const updated = hasKernel(ADAMW)
      ? runKernel(ADAMW, { root, epsilon, decay, ...state }, { beta1: BETA1, beta2: BETA2, clipNorm })
      : composed(state, scalars, clipNorm);
    names.forEach((name, i) => {
      weights[i]?.assign(updated.weights[i] as tf.Tensor);
      moments.first[name] = tf.keep(updated.first[i] as tf.Tensor);
      moments.second[name] = tf.keep(updated.second[i] as tf.Tensor);
    });
    tf.dispose(old);
  });
}

/** Weights and moments, one of each per weight. */
interface Lists {
  readonly weights: readonly tf.Tensor[];
  readonly first: readonly tf.Tensor[];
  readonly second: readonly tf.Tensor[];
}

/** The step of all weights, composed of tfjs' own operations. */
function composed(
  { weights, gradients, first, second }: Lists & { readonly gradients: readonly tf.Tensor[] },
  [root, epsilon, decay]: readonly [tf.Scalar, tf.Scalar, tf.Scalar],
  clipNorm: number | undefined,
): Lists {
  const clip =
    clipNorm === undefined
      ? tf.scalar(1)
      : tf.minimum(
          1,
          tf.div(tf.scalar(clipNorm), tf.add(globalNorm(Object.fromEntries(gradients.entries())), 1e-6)),
        );
  const firstShare = tf.mul(clip, 1 - BETA1);
  const secondShare = tf.mul(tf.square(clip), 1 - BETA2);
  const updated = weights.map((weight, i) => {
    const [g, m, v] = [gradients[i], first[i], second[i]] as [tf.Tensor, tf.Tensor, tf.Tensor];
    const newFirst = tf.add(tf.mul(m, BETA1), tf.mul(g, firstShare));
    const newSecond = tf.add(tf.mul(v, BETA2), tf.mul(tf.square(g), secondShare));
    const update = tf.div(newFirst, tf.add(tf.mul(tf.sqrt(newSecond), root), epsilon));
    return { weight: tf.sub(tf.mul(weight, decay), update), first: newFirst, second: newSecond };
  });
  return {
    weights: updated.map((each) => each.weight),
    first: updated.map((each) => each.first),
    second: updated.map((each) => each.second),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
