import { hasKernel, isTaped, runKernel } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** PyTorch's default for LayerNorm. */
const EPSILON = 1e-5;

/**
 * Layer normalisation over the last axis, epsilon 1e-5 (Ba et al. 2016). The gradient is written by hand, which
 * takes a third of the passes that the composed operations would; one kernel does it where the backend has one.
 *
 * @param x - `[..., d]`.
 * @param gamma - `[d]`.
 * @param beta - `[d]`.
 * @returns The shape of `x`.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { layerNorm } from '@mint/transformer';
 *
 * const y = layerNorm(tf.tensor2d([[1, 2, 3, 6]]), tf.ones([4]), tf.zeros([4]));
 * console.log([...y.dataSync()].map((value) => value.toFixed(2))); // [ '-1.07', '-0.53', '0.00', '1.60' ]
 * ```
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  return tf.tidy(() => normalise(x, gamma, beta));
}

const normalise = tf.customGrad((...args) => {
  const [x, gamma, beta, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
  if (hasKernel('MintLayerNorm')) {
    const outputs = runKernel('MintLayerNorm', { x, gamma, beta }, { epsilon: EPSILON });
    const [value, mean, inverse] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    save([x, gamma, mean, inverse]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, gamma, mean, inverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        return runKernel('MintLayerNormGrad', { dy, x, gamma, mean, inverse });
      },
    };
  }
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), EPSILON));
  const normed = tf.mul(centred, inverse);
  save([normed, inverse, gamma]);
  return {
    value: tf.add(tf.mul(normed, gamma), beta),
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

/** What {@link maskedAttention} leaves out. */
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
 * @param q - `[B, h, N_q, d_h]`, or `[1, …]` when all images share their queries.
 * @param k - `[B, h, N_k, d_h]`.
 * @param v - `[B, h, N_k, d_h]`.
 * @param options - Masks.
 * @returns `[B, h, N_q, d_h]`.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { additiveMask, maskedAttention } from '@mint/transformer';
 *
 * const q = tf.zeros([1, 1, 4, 2]) as tf.Tensor4D; // four tokens in a row, asking for nothing in particular
 * const v = tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
 * const blind = maskedAttention(q, q, v, { mask: additiveMask([1, 4], [1, 3]) });
 * console.log(blind.dataSync()); // Float32Array(4) [ 3.5, 4, 1, 1.5 ]
 * ```
 */
export function maskedAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  { mask, dropMask }: AttentionOptions = {},
): tf.Tensor4D {
  const scale = 1 / Math.sqrt(q.shape[3]);
  const shared = q.shape[0] === 1 && k.shape[0] > 1;
  const attend = tf.customGrad((query, key, value, save) => {
    const [Q, K, V] = [query, key, value] as tf.Tensor4D[] as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const scaled = tf.mul(Q, scale) as tf.Tensor4D;
    const scores = tf.matMul(scaled, K, false, true);
    const weights = tf.softmax(mask === undefined ? scores : tf.add(scores, mask));
    const dropped = drop(weights, dropMask);
    const output = tf.matMul(dropped, V);
    (save as tf.GradSaveFunc)([scaled, K, V, weights, dropped, output, ...given(dropMask)]);
    return {
      value: output,
      gradFunc: (dO: tf.Tensor, saved: tf.Tensor[]) => {
        const [qs, ks, vs, p, pd, o, mask] = saved as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor?,
        ];
        const delta = tf.sum(tf.mul(dO, o), -1, true);
        const dP = drop(tf.matMul(dO, vs, false, true), mask);
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

const drop = (x: tf.Tensor, mask: tf.Tensor | undefined) => (mask === undefined ? x : tf.mul(x, mask));

/** What a gradient needs must be saved: the tensor itself may be gone by then. */
const given = (mask: tf.Tensor | undefined) => (mask === undefined ? [] : [mask]);

/** `[B, N, d]` to `[B, h, N, d/h]`. */
function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, tokens, width] = x.shape;
  return tf.tidy(() => tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]));
}

/** `[B, h, N, d/h]` to `[B, N, d]`. */
function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, tokens, width] = x.shape;
  return tf.tidy(() => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * width]));
}

/**
 * {@link maskedAttention} of all heads at once, on tokens whose heads lie side by side. One kernel does it where the
 * backend has one.
 *
 * @param q - `[B, N_q, d]`, or `[1, N_q, d]` when all images share their queries.
 * @param k - `[B, N_k, d]`.
 * @param v - `[B, N_k, d]`.
 * @returns `[B, N_q, d]`.
 */
export function attention(
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  heads: number,
  options: AttentionOptions = {},
): tf.Tensor3D {
  if (!hasKernel('MintAttention')) {
    const split = (x: tf.Tensor3D) => splitHeads(x, heads);
    return tf.tidy(() => mergeHeads(maskedAttention(split(q), split(k), split(v), options)));
  }
  const { mask, dropMask } = options;
  const masks = { ...(mask === undefined ? {} : { mask }), ...(dropMask === undefined ? {} : { dropMask }) };
  if (!isTaped()) {
    const [output] = runKernel('MintAttention', { q, k, v, ...masks }, { heads, keepWeights: false });
    return output as tf.Tensor3D;
  }
  const attend = tf.customGrad((...args) => {
    const [q, k, v, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const outputs = runKernel('MintAttention', { q, k, v, ...masks }, { heads, keepWeights: true });
    const [value, ...weights] = outputs as [tf.Tensor, ...tf.Tensor[]];
    save([q, k, v, value, ...Object.values(masks), ...weights]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [q, k, v, y, ...others] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const savedMasks = Object.fromEntries(Object.keys(masks).map((name, i) => [name, others[i]]));
        const weights = others.slice(Object.keys(masks).length);
        const batch = weights.length / 2;
        const byImage = weights.map((image, i) => [i < batch ? `weights${i}` : `dropped${i - batch}`, image]);
        const inputs = { dy, q, k, v, y, ...savedMasks, ...Object.fromEntries(byImage) };
        return runKernel('MintAttentionGrad', inputs, { heads });
      },
    };
  });
  return tf.tidy(() => attend(q, k, v)) as tf.Tensor3D;
}

/** Weights and dropout of a feed-forward block. */
export interface FeedForwardParams {
  /** `[d, h]`, `[h]`, `[h, d]`, `[d]`. */
  readonly kernel1: tf.Tensor;
  readonly bias1: tf.Tensor;
  readonly kernel2: tf.Tensor;
  readonly bias2: tf.Tensor;
  /** Dropout mask of the inner values, `[rows, h]`. */
  readonly dropMask?: tf.Tensor;
}

/**
 * `W₂·(relu(W₁x + b₁) ∘ dropMask) + b₂`. The gradient is written by hand: the sign of the inner values says where both
 * relu and dropout let pass, so none of the values before them is kept.
 *
 * @param x - `[rows, d]`.
 * @returns `[rows, d]`.
 */
export function feedForward(
  x: tf.Tensor2D,
  { kernel1, bias1, kernel2, bias2, dropMask }: FeedForwardParams,
): tf.Tensor2D {
  const block = tf.customGrad((...args) => {
    const [x, w1, b1, w2, b2] = args as tf.Tensor[] as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const save = args[5] as tf.GradSaveFunc;
    const inner = drop(tf.relu(tf.add(tf.matMul(x, w1), b1)), dropMask);
    save([x, w1, w2, inner, ...given(dropMask)]);
    return {
      value: tf.add(tf.matMul(inner, w2), b2),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, w1, w2, inner, mask] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
        const open = tf.cast(tf.greater(inner, 0), 'float32');
        const dOpen = tf.mul(drop(tf.matMul(dy, w2, false, true), mask), open);
        return [
          tf.matMul(dOpen, w1, false, true),
          tf.matMul(x, dOpen, true, false),
          tf.sum(dOpen, 0),
          tf.matMul(inner, dy, true, false),
          tf.sum(dy, 0),
        ];
      },
    };
  });
  return tf.tidy(() => block(x, kernel1, bias1, kernel2, bias2)) as tf.Tensor2D;
}
