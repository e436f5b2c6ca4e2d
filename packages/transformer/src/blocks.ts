import { linear, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { attention, feedForward, layerNorm } from './functional.js';
import type { DropoutSource } from './random-pool.js';

/** What every layer of a network shares. */
export interface BlockContext {
  /** Attention heads; divides d. */
  readonly heads: number;
  /** Position embedding `[N, d]`, added to queries and keys, never to values; absent: none. */
  readonly position?: tf.Tensor;
  /** Additive neighbour mask `[N, N]`. */
  readonly mask?: tf.Tensor;
  /** Present in training only. */
  readonly dropout?: DropoutSource;
}

const norm = (params: Params, name: string, x: tf.Tensor): tf.Tensor =>
  layerNorm(x, param(params, `${name}/gamma`), param(params, `${name}/beta`));

const drop = (x: tf.Tensor, { dropout }: BlockContext): tf.Tensor =>
  dropout === undefined ? x : tf.mul(x, dropout.mask(x.shape));

/**
 * Neighbour-masked multi-head attention with input and output projections (UniAD, You et al., NeurIPS 2022).
 *
 * @param params - Weights `name/q`, `name/k`, `name/v` and `name/out`, each with `kernel` and `bias`.
 * @param name - Prefix of the weights, such as `encoder/0/attn`.
 * @param query - `[B, N, d]` or `[1, N, d]`, positions added already.
 * @param key - `[B, N, d]`, positions added already.
 * @param value - `[B, N, d]`.
 * @param context - Number of heads, and masks.
 * @returns `[B, N, d]`.
 * @throws MintError `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { initParams, multiHeadAttention, reconstructionSpecs } from '@mint/transformer';
 *
 * const config = {
 *   channels: 20,
 *   grid: [4, 4],
 *   hidden: 32,
 *   heads: 4,
 *   feedForward: 64,
 *   encoderLayers: 2,
 *   decoderLayers: 2,
 *   queries: 'learned',
 * } as const;
 * const params = initParams(reconstructionSpecs(config), 1);
 * const x = tf.randomNormal([2, 16, 32], 0, 1, 'float32', 7) as tf.Tensor3D;
 * console.log(multiHeadAttention(params, 'encoder/0/attn', x, x, x, { heads: 4 }).shape); // [ 2, 16, 32 ]
 * ```
 */
export function multiHeadAttention(
  params: Params,
  name: string,
  query: tf.Tensor3D,
  key: tf.Tensor3D,
  value: tf.Tensor3D,
  { heads, mask, dropout }: BlockContext,
): tf.Tensor3D {
  return tf.tidy(() => {
    const project = (part: string, x: tf.Tensor3D) => linear(params, `${name}/${part}`, x);
    const weights = [key.shape[0], heads, query.shape[1], key.shape[1]];
    const attended = attention(project('q', query), project('k', key), project('v', value), heads, {
      ...(mask === undefined ? {} : { mask }),
      ...(dropout === undefined ? {} : { dropMask: dropout.mask(weights) }),
    });
    return linear(params, `${name}/out`, attended);
  });
}

const place = <T extends tf.Tensor>(x: T, { position }: BlockContext): T =>
  position === undefined ? x : tf.add(x, position);

/** Feed-forward block with residual and norm after it: `LN(x + drop(W₂·drop(relu(W₁x))))`. */
function feedForwardBlock(
  params: Params,
  name: string,
  normName: string,
  x: tf.Tensor3D,
  context: BlockContext,
): tf.Tensor3D {
  const bias1 = param(params, `${name}/ff1/bias`);
  const [rows, width] = [x.shape[0] * x.shape[1], x.shape[2]];
  const flat = feedForward(tf.reshape(x, [rows, width]), {
    kernel1: param(params, `${name}/ff1/kernel`, [width, bias1.size]),
    bias1,
    kernel2: param(params, `${name}/ff2/kernel`, [bias1.size, width]),
    bias2: param(params, `${name}/ff2/bias`),
    ...(context.dropout === undefined ? {} : { dropMask: context.dropout.mask([rows, bias1.size]) }),
  });
  const outer = drop(tf.reshape(flat, x.shape), context);
  return norm(params, normName, tf.add(x, outer)) as tf.Tensor3D;
}

/**
 * One encoder layer of UniAD: self-attention, then feed-forward, norms after the residual sums.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param name - Prefix of the layer's weights, such as `encoder/0`.
 * @param x - `[B, N, d]`.
 * @param context - What all layers share; {@link blockContext}.
 * @returns `[B, N, d]`.
 * @throws MintError `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { blockContext, encoderLayer, initParams, reconstructionSpecs } from '@mint/transformer';
 *
 * const config = {
 *   channels: 20,
 *   grid: [4, 4],
 *   hidden: 32,
 *   heads: 4,
 *   feedForward: 64,
 *   encoderLayers: 2,
 *   decoderLayers: 2,
 *   queries: 'learned',
 * } as const;
 * const params = initParams(reconstructionSpecs(config), 1);
 * const x = tf.randomNormal([2, 16, 32], 0, 1, 'float32', 7) as tf.Tensor3D;
 * console.log(encoderLayer(params, 'encoder/0', x, blockContext(params, config)).shape); // [ 2, 16, 32 ]
 * ```
 */
export function encoderLayer(
  params: Params,
  name: string,
  x: tf.Tensor3D,
  context: BlockContext,
): tf.Tensor3D {
  return tf.tidy(() => {
    const placed = place(x, context);
    const attended = multiHeadAttention(params, `${name}/attn`, placed, placed, x, context);
    const first = norm(params, `${name}/norm1`, tf.add(x, drop(attended, context))) as tf.Tensor3D;
    return feedForwardBlock(params, name, `${name}/norm2`, first, context);
  });
}

/**
 * One decoder layer of UniAD: its query asks the encoder's memory, the result asks the previous layer's output, then
 * feed-forward. Every layer starts from its own query, not from the previous output.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param name - Prefix of the layer's weights, such as `decoder/0`.
 * @param query - `[B, N, d]`, or `[1, N, d]` when it is the same for all images.
 * @param memory - `[B, N, d]`, the encoder's output.
 * @param previous - `[B, N, d]`, the previous decoder layer's output; the memory in the first layer.
 * @param context - What all layers share; {@link blockContext}.
 * @returns `[B, N, d]`.
 * @throws MintError `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { blockContext, decoderLayer, initParams, reconstructionSpecs } from '@mint/transformer';
 *
 * const config = {
 *   channels: 20,
 *   grid: [4, 4],
 *   hidden: 32,
 *   heads: 4,
 *   feedForward: 64,
 *   encoderLayers: 2,
 *   decoderLayers: 2,
 *   queries: 'learned',
 * } as const;
 * const params = initParams(reconstructionSpecs(config), 1);
 * const memory = tf.randomNormal([2, 16, 32], 0, 1, 'float32', 7) as tf.Tensor3D;
 * const query = tf.expandDims(params['decoder/0/query'] as tf.Tensor2D) as tf.Tensor3D;
 * const context = blockContext(params, config);
 * console.log(decoderLayer(params, 'decoder/0', query, memory, memory, context).shape); // [ 2, 16, 32 ]
 * ```
 */
export function decoderLayer(
  params: Params,
  name: string,
  query: tf.Tensor3D,
  memory: tf.Tensor3D,
  previous: tf.Tensor3D,
  context: BlockContext,
): tf.Tensor3D {
  return tf.tidy(() => {
    const asked = multiHeadAttention(
      params,
      `${name}/attn1`,
      place(query, context),
      place(memory, context),
      memory,
      context,
    );
    const first = norm(params, `${name}/norm1`, tf.add(query, drop(asked, context))) as tf.Tensor3D;
    const looked = multiHeadAttention(
      params,
      `${name}/attn2`,
      place(first, context),
      place(previous, context),
      previous,
      context,
    );
    const second = norm(params, `${name}/norm2`, tf.add(first, drop(looked, context))) as tf.Tensor3D;
    return feedForwardBlock(params, name, `${name}/norm3`, second, context);
  });
}
