import { linear, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { attention, feedForward, layerNorm } from './functional.js';
import type { DropoutSource } from './random-pool.js';

/** What every layer of a network shares. */
export interface BlockContext {
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
 * Neighbour-masked multi-head attention with input and output projections.
 *
 * @param query - `[B, N, d]` or `[1, N, d]`, positions added already.
 * @param key - `[B, N, d]`, positions added already.
 * @param value - `[B, N, d]`.
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
 * @param name - Prefix of the layer's weights, such as `encoder/0`.
 * @param x - `[B, N, d]`.
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
 * @param name - Prefix of the layer's weights, such as `decoder/0`.
 * @param query - `[B, N, d]`, or `[1, N, d]` when it is the same for all pictures.
 * @param memory - `[B, N, d]`, the encoder's output.
 * @param previous - `[B, N, d]`, the previous decoder layer's output; the memory in the first layer.
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
