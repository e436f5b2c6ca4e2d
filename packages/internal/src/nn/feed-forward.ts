import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { drop } from './drop.js';
import { hasKernel, runKernel } from './kernel-contract.js';
import { GELU } from './kernels.js';

/** Weights of {@link feedForward}; h is the width of the hidden layer. */
export interface FeedForwardWeights {
  /** `[d, h]`. */
  readonly kernel1: tf.Tensor;
  /** `[h]`. */
  readonly bias1: tf.Tensor;
  /** `[h, d]`. */
  readonly kernel2: tf.Tensor;
  /** `[d]`. */
  readonly bias2: tf.Tensor;
}

/** Optional arguments of {@link feedForward}. */
export interface FeedForwardOptions {
  /** `'gelu'` is the exact one, x·Φ(x), as PyTorch's default (Hendrycks and Gimpel 2016). @defaultValue 'relu' */
  readonly activation?: 'relu' | 'gelu' | undefined;
  /** Dropout mask of the hidden layer, `[rows, h]` where rows is the size of `x` over d. @defaultValue no dropout */
  readonly dropMask?: tf.Tensor | undefined;
}

/** Φ(x), the distribution function of the standard normal. */
const normalCdf = (x: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** Its derivative, the density. */
const normalDensity = (x: tf.Tensor): tf.Tensor =>
  tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));

const gelu = (x: tf.Tensor): tf.Tensor =>
  hasKernel(GELU) ? runKernel(GELU, { x }, {}).y : tf.mul(x, normalCdf(x));

const ACTIVATIONS = {
  relu: {
    apply: (x: tf.Tensor) => tf.relu(x),
    // The sign of the values after relu and dropout shows where both let pass: those before need not be kept.
    slopeFrom: 'after',
    slope: (after: tf.Tensor) => tf.cast(tf.greater(after, 0), 'float32'),
  },
  gelu: {
    apply: gelu,
    slopeFrom: 'before',
    slope: (before: tf.Tensor) => tf.add(normalCdf(before), tf.mul(before, normalDensity(before))),
  },
} as const;

/**
 * The feed-forward block of a transformer: `W₂·(activation(W₁x + b₁) ∘ dropMask) + b₂` (Vaswani et al. 2017), with its
 * gradient written by hand.
 *
 * @param x - `[..., d]` float32.
 * @param weights - Kernels and biases.
 * @param options - Activation and dropout.
 * @returns The shape of `x`; the caller disposes it.
 */
export function feedForward<T extends tf.Tensor>(
  x: T,
  { kernel1, bias1, kernel2, bias2 }: FeedForwardWeights,
  { activation = 'relu', dropMask }: FeedForwardOptions = {},
): T {
  const { apply, slopeFrom, slope } = ACTIVATIONS[activation];
  return tf.tidy(() => {
    const rows = tf.reshape(x, [x.size / bias2.size, bias2.size]); // [rows, d]
    const y = customGradient(
      [rows, kernel1, bias1, kernel2, bias2],
      () => {
        const before = tf.add(tf.matMul(rows, kernel1), bias1); // [rows, h]
        const after = drop(apply(before), dropMask);
        const value = tf.add(tf.matMul(after, kernel2), bias2); // [rows, d]
        const kept = slopeFrom === 'before' ? before : undefined;
        return { value, saved: { rows, kernel1, kernel2, after, dropMask, before: kept } };
      },
      (dy, { rows, kernel1, kernel2, after, dropMask, before }) => {
        const dAfter = drop(tf.matMul(dy, kernel2, false, true), dropMask);
        const dBefore = tf.mul(dAfter, slope(before ?? after)); // [rows, h]
        return [
          tf.matMul(dBefore, kernel1, false, true),
          tf.matMul(rows, dBefore, true, false),
          tf.sum(dBefore, 0),
          tf.matMul(after, dy, true, false),
          tf.sum(dy, 0),
        ];
      },
    );
    return tf.reshape(y, x.shape) as T;
  });
}
