import { attention } from '@mint/internal/nn';
import { linear, type Params, type WeightSpecs } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { attentionSpecs } from './specs.js';
import type { BlockContext } from './sublayers.js';
import {
  type BlockLayerConfig,
  type BlockOptions,
  blockOptions,
  TransformerLayer,
  tokenWidth,
} from './transformer-layer.js';

/**
 * Multi-head attention with input and output projections, neighbour-masked on request (UniAD, You et al., NeurIPS 2022).
 *
 * @param params - Weights `name/q`, `name/k`, `name/v` and `name/out`, each with `kernel` and `bias`.
 * @param name - Prefix of the weights, such as `encoder/0/attn`.
 * @param query - `[B, N_q, d]`, or `[1, N_q, d]` when all images share their queries; with positions.
 * @param key - `[B, N_k, d]`, with positions.
 * @param value - `[B, N_k, d]`, without positions.
 * @param context - Number of heads, neighbour mask and dropout.
 * @returns `[B, N_q, d]`; the caller disposes it.
 * @throws MintError `MISSING_WEIGHT` when a weight is missing.
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
    const dropMask = dropout?.mask([key.shape[0], heads, query.shape[1], key.shape[1]]);
    const q = linear(params, `${name}/q`, query); // [B, N_q, d]
    const k = linear(params, `${name}/k`, key); // [B, N_k, d]
    const v = linear(params, `${name}/v`, value); // [B, N_k, d]
    const attended = attention(q, k, v, heads, { mask, dropMask }); // [B, N_q, d]
    return linear(params, `${name}/out`, attended);
  });
}

/**
 * {@link multiHeadAttention} with its own weights. A neighbour mask hides a token's own neighbourhood from it, so that a
 * defect cannot be copied from its place (UniAD, You et al., NeurIPS 2022).
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input | `[B, N, d]` (self-attention), or query, key and value, each `[B, N, d]` | float32 |
 * | output | `[B, N, d]` | float32 |
 *
 * @throws MintError `INVALID_ARGUMENT` for a bad option or number of inputs, `SHAPE_MISMATCH` for inputs of another rank.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { NeighbourMaskedAttention } from '@mint/transformer';
 *
 * const layer = new NeighbourMaskedAttention({
 *   heads: 4,
 *   neighbourMask: { grid: [6, 6], window: [3, 3] },
 *   seed: 1,
 * });
 * const tokens = tf.randomNormal([2, 36, 32], 0, 1, 'float32', 7);
 * console.log((layer.apply(tokens) as tf.Tensor).shape, layer.countParams()); // [ 2, 36, 32 ] 4224
 * ```
 */
export class NeighbourMaskedAttention extends TransformerLayer<BlockOptions> {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintNeighbourMaskedAttention';

  constructor(config: BlockLayerConfig) {
    super(config, blockOptions('NeighbourMaskedAttention', config));
  }

  /** @internal */
  protected override weightSpecs(inputShape: Shape | Shape[]): WeightSpecs {
    const hidden = tokenWidth('NeighbourMaskedAttention', inputShape, [1, 3], this.options.heads);
    return attentionSpecs('attn', hidden);
  }

  /** @internal */
  protected override compute(
    params: Params,
    inputs: readonly tf.Tensor3D[],
    context: BlockContext,
  ): tf.Tensor3D {
    const [query, key = query, value = query] = inputs as [tf.Tensor3D, tf.Tensor3D?, tf.Tensor3D?];
    return multiHeadAttention(params, 'attn', query, key, value, context);
  }
}
tf.serialization.registerClass(NeighbourMaskedAttention);
