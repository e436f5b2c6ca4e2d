import * as tf from '@tensorflow/tfjs-core';

/** PyTorch's default for LayerNorm. */
const EPSILON = 1e-5;

/**
 * Layer normalisation over the last axis, epsilon 1e-5 (Ba et al. 2016). The gradient is written by hand, which
 * takes a third of the passes that the composed operations would.
 *
 * @param x - `[..., d]`.
 * @param gamma - `[d]`.
 * @param beta - `[d]`.
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const normalise = tf.customGrad((input, scale, shift, save) => {
    const centred = tf.sub(input as tf.Tensor, tf.mean(input as tf.Tensor, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), EPSILON));
    const normed = tf.mul(centred, inverse);
    (save as tf.GradSaveFunc)([normed, inverse, scale as tf.Tensor]);
    return {
      value: tf.add(tf.mul(normed, scale as tf.Tensor), shift as tf.Tensor),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [n, inv, g] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const dn = tf.mul(dy, g);
        const mean1 = tf.mean(dn, -1, true);
        const mean2 = tf.mean(tf.mul(dn, n), -1, true);
        const dx = tf.mul(tf.sub(tf.sub(dn, mean1), tf.mul(n, mean2)), inv);
        const lead = dy.shape.map((_, axis) => axis).slice(0, -1);
        return [dx, tf.sum(tf.mul(dy, n), lead), tf.sum(dy, lead)];
      },
    };
  });
  return tf.tidy(() => normalise(x, gamma, beta));
}

export interface AttentionOptions {
  /** `[N_q, N_k]`, added to the scores: 0 where visible, −1e9 where blocked. */
  readonly mask?: tf.Tensor;
  /** Dropout mask of the attention weights, broadcastable to `[B, h, N_q, N_k]`. */
  readonly dropMask?: tf.Tensor;
}

/**
 * `(softmax(q·kᵀ/√d_h + mask) ∘ dropMask)·v` (Vaswani et al. 2017), head by head.
 *
 * The gradient is written by hand: with P the attention weights, D the dropout mask and O the output,
 * `dS = P ∘ (D ∘ dO·vᵀ − rowsum(dO ∘ O))`. The row sum is taken over the narrow outputs, not over N×N weights.
 *
 * @param q - `[B, h, N_q, d_h]`, or `[1, …]` when all pictures share their queries.
 * @param k - `[B, h, N_k, d_h]`.
 * @param v - `[B, h, N_k, d_h]`.
 * @returns `[B, h, N_q, d_h]`.
 */
export function maskedAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  { mask, dropMask }: AttentionOptions = {},
): tf.Tensor4D {
  const scale = 1 / Math.sqrt(q.shape[3]);
  const shared = q.shape[0] === 1 && k.shape[0] > 1;
  const drop = (x: tf.Tensor) => (dropMask === undefined ? x : tf.mul(x, dropMask));
  const attend = tf.customGrad((query, key, value, save) => {
    const [Q, K, V] = [query, key, value] as tf.Tensor4D[] as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const scaled = tf.mul(Q, scale) as tf.Tensor4D;
    const scores = tf.matMul(scaled, K, false, true);
    const weights = tf.softmax(mask === undefined ? scores : tf.add(scores, mask));
    const dropped = drop(weights);
    const output = tf.matMul(dropped, V);
    (save as tf.GradSaveFunc)([scaled, K, V, weights, dropped, output]);
    return {
      value: output,
      gradFunc: (dO: tf.Tensor, saved: tf.Tensor[]) => {
        const [qs, ks, vs, p, pd, o] = saved as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const delta = tf.sum(tf.mul(dO, o), -1, true);
        const dP = drop(tf.matMul(dO, vs, false, true));
        const dS = tf.mul(p, tf.sub(dP, delta));
        const dQ = tf.mul(tf.matMul(dS, ks), scale);
        return [
          shared ? tf.sum(dQ, 0, true) : dQ,
          tf.matMul(dS, qs, true, false),
          tf.matMul(pd, dO, true, false),
        ];
      },
    };
  });
  return tf.tidy(() => attend(q, k, v)) as tf.Tensor4D;
}

/** `[B, N, d]` to `[B, h, N, d/h]`. */
export function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, tokens, width] = x.shape;
  return tf.tidy(() => tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]));
}

/** `[B, h, N, d/h]` to `[B, N, d]`. */
export function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, tokens, width] = x.shape;
  return tf.tidy(() => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * width]));
}
