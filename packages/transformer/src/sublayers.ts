import { feedForward, layerNorm } from '@mint/internal/nn';
import { type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { DropoutSource } from './random-pool.js';

/** What all layers of one pass share. */
export interface BlockContext {
  /** Attention heads; divides d. */
  readonly heads: number;
  /** Position embedding `[N, d]`, added to queries and keys, never to values. @defaultValue none */
  readonly position?: tf.Tensor | undefined;
  /** Additive neighbour mask `[N, N]`. @defaultValue every token sees every token */
  readonly mask?: tf.Tensor | undefined;
  /** Dropout masks, in training only. @defaultValue no dropout */
  readonly dropout?: DropoutSource | undefined;
}

/** Tokens with their positions, as queries and keys need them. */
export const addPosition = (x: tf.Tensor3D, { position }: BlockContext): tf.Tensor3D =>
  position === undefined ? x : tf.add(x, position);

/** What follows every sublayer: `LN(x + drop(update))`. */
export function addAndNorm(
  params: Params,
  name: string,
  x: tf.Tensor3D,
  update: tf.Tensor3D,
  { dropout }: BlockContext,
): tf.Tensor3D {
  const dropped = dropout === undefined ? update : tf.mul(update, dropout.mask(update.shape));
  const sum = tf.add<tf.Tensor3D>(x, dropped); // [B, N, d]
  return layerNorm(sum, param(params, `${name}/gamma`), param(params, `${name}/beta`));
}

/** The feed-forward sublayer: `LN(x + drop(W₂·drop(relu(W₁x + b₁)) + b₂))`. */
export function feedForwardSublayer(
  params: Params,
  name: string,
  normName: string,
  x: tf.Tensor3D,
  context: BlockContext,
): tf.Tensor3D {
  const [batch, tokens, width] = x.shape;
  const bias1 = param(params, `${name}/ff1/bias`);
  const weights = {
    kernel1: param(params, `${name}/ff1/kernel`, [width, bias1.size]),
    bias1,
    kernel2: param(params, `${name}/ff2/kernel`, [bias1.size, width]),
    bias2: param(params, `${name}/ff2/bias`),
  };
  const dropMask = context.dropout?.mask([batch * tokens, bias1.size]);
  return addAndNorm(params, normName, x, feedForward(x, weights, { dropMask }), context);
}
