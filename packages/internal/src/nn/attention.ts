import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { drop } from './drop.js';
import { hasKernel, runKernel } from './kernel-contract.js';
import { ATTENTION, ATTENTION_GRADIENT } from './kernels.js';

/** Optional arguments of {@link maskedAttention}. */
export interface AttentionOptions {
  /** `[N_q, N_k]`, added to the scores: 0 where visible, −1e9 where blocked. @defaultValue every key is visible */
  readonly mask?: tf.Tensor | undefined;
  /** Dropout mask of the attention weights, broadcastable to `[B, h, N_q, N_k]`. @defaultValue no dropout */
  readonly dropMask?: tf.Tensor | undefined;
  /** Factor of the scores. @defaultValue 1/√d_h */
  readonly scale?: number | undefined;
}

/**
 * `(softmax(scale·q·kᵀ + mask) ∘ dropMask)·v` (Vaswani et al. 2017), head by head.
 *
 * The gradient is written by hand: with P the attention weights, D the dropout mask and O the output,
 * `dS = P ∘ (D ∘ dO·vᵀ − rowsum(dO ∘ O))`. The row sum runs over the narrow outputs, not over the N × N weights.
 *
 * @param q - `[B, h, N_q, d_h]`, or `[1, …]` when all images share their queries.
 * @param k - `[B, h, N_k, d_h]`.
 * @param v - `[B, h, N_k, d_h]`.
 * @param options - Masks and scale.
 * @returns `[B, h, N_q, d_h]`; the caller disposes it.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { additiveMask, maskedAttention } from '@mint/transformer';
 *
 * const q = tf.zeros([1, 1, 4, 2]) as tf.Tensor4D; // four tokens in a row that ask for nothing in particular
 * const v = tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const blind = maskedAttention(q, q, v, { mask: additiveMask([1, 4], [1, 3]) });
 * console.log(blind.dataSync()); // Float32Array(4) [ 3.5, 4, 1, 1.5 ]
 * ```
 */
export function maskedAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  { mask, dropMask, scale = 1 / Math.sqrt(q.shape[3]) }: AttentionOptions = {},
): tf.Tensor4D {
  const shared = q.shape[0] === 1 && k.shape[0] > 1;
  return customGradient(
    [q, k, v],
    () => {
      const scaled = tf.mul(q, scale); // [B, h, N_q, d_h]
      const scores = tf.matMul(scaled, k, false, true); // [B, h, N_q, N_k]
      const weights = tf.softmax(mask === undefined ? scores : tf.add(scores, mask));
      const dropped = drop(weights, dropMask);
      const output = tf.matMul<tf.Tensor4D>(dropped, v); // [B, h, N_q, d_h]
      return { value: output, saved: { scaled, k, v, weights, dropped, output, dropMask } };
    },
    (dO, { scaled, k, v, weights, dropped, output, dropMask }) => {
      const delta = tf.sum(tf.mul(dO, output), -1, true); // [B, h, N_q, 1]
      const dWeights = drop(tf.matMul(dO, v, false, true), dropMask); // [B, h, N_q, N_k]
      const dScores = tf.mul(weights, tf.sub(dWeights, delta));
      const dQ = tf.mul(tf.matMul(dScores, k), scale);
      return [
        shared ? tf.sum(dQ, 0, true) : dQ,
        tf.matMul(dScores, scaled, true, false),
        tf.matMul(dropped, dO, true, false),
      ];
    },
  );
}

/** `[B, N, d]` to `[B, h, N, d/h]`. */
function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, tokens, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[B, h, N, d/h]` to `[B, N, d]`. */
function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, tokens, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * width]);
}

/** Whether a gradient of what is computed now may be requested. */
const isTaped = (): boolean => tf.engine().state.gradientDepth > 0;

/**
 * {@link maskedAttention} of all heads at once, on tokens whose heads lie side by side. Where the backend has a kernel
 * for it, that does the work.
 *
 * @param q - `[B, N_q, d]`, or `[1, N_q, d]` when all images share their queries.
 * @param k - `[B, N_k, d]`.
 * @param v - `[B, N_k, d]`.
 * @param heads - Divides d.
 * @param options - Masks and scale.
 * @returns `[B, N_q, d]`; the caller disposes it.
 */
export function attention(
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  heads: number,
  options: AttentionOptions = {},
): tf.Tensor3D {
  if (hasKernel(ATTENTION)) return fusedAttention(q, k, v, heads, options);
  const split = (x: tf.Tensor3D) => splitHeads(x, heads);
  return tf.tidy(() => mergeHeads(maskedAttention(split(q), split(k), split(v), options)));
}

function fusedAttention(
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  heads: number,
  { mask, dropMask, scale = 1 / Math.sqrt(q.shape[2] / heads) }: AttentionOptions,
): tf.Tensor3D {
  const inputs = { q, k, v, mask, dropMask };
  const run = (keepWeights: boolean) => {
    const { output, ...kept } = runKernel(ATTENTION, inputs, { heads, scale, keepWeights });
    return { output: output as tf.Tensor3D, ...kept };
  };
  if (!isTaped()) return run(false).output;
  return customGradient(
    [q, k, v],
    () => {
      const outputs = run(true);
      return { value: outputs.output, saved: { ...inputs, ...outputs } };
    },
    (dy, saved) => {
      const { dq, dk, dv } = runKernel(ATTENTION_GRADIENT, { ...saved, dy }, { heads, scale });
      return [dq, dk, dv];
    },
  );
}
