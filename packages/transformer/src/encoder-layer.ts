import { type Params, prefixed, type WeightSpecs } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { multiHeadAttention } from './neighbour-masked-attention.js';
import { encoderLayerSpecs } from './specs.js';
import { addAndNorm, addPosition, type BlockContext, feedForwardSublayer } from './sublayers.js';
import {
  TransformerLayer,
  type TransformerLayerConfig,
  type TransformerOptions,
  tokenWidth,
  transformerOptions,
} from './transformer-layer.js';

/**
 * One encoder layer of UniAD: self-attention, then feed-forward, each followed by a residual sum and a norm.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param name - Prefix of the layer's weights, such as `encoder/0`.
 * @param x - `[B, N, d]`.
 * @param context - What all layers share; see {@link blockContext}.
 * @returns `[B, N, d]`; the caller disposes it.
 * @throws MintError `MISSING_WEIGHT` when a weight is missing.
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
    const placed = addPosition(x, context); // [B, N, d]
    const attended = multiHeadAttention(params, `${name}/attn`, placed, placed, x, context); // [B, N, d]
    const first = addAndNorm(params, `${name}/norm1`, x, attended, context); // [B, N, d]
    return feedForwardSublayer(params, name, `${name}/norm2`, first, context);
  });
}

/**
 * {@link encoderLayer} with its own weights: one encoder layer of UniAD (You et al., NeurIPS 2022).
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input 1, tokens | `[B, N, d]` | float32 |
 * | input 2, position embedding | `[1, N, d]` or `[B, N, d]`, as `PositionEmbedding` returns it | float32 |
 * | output | `[B, N, d]` | float32 |
 *
 * @throws MintError `INVALID_ARGUMENT` for a bad option or number of inputs, `SHAPE_MISMATCH` for inputs of another rank.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { EncoderLayer, PositionEmbedding } from '@mint/transformer';
 *
 * const layer = new EncoderLayer({ heads: 4, feedForward: 64, seed: 1 });
 * const tokens = tf.randomNormal([2, 36, 32], 0, 1, 'float32', 7); // two images on a 6x6 grid
 * const position = new PositionEmbedding({ grid: [6, 6], seed: 1 }).apply(tokens) as tf.Tensor;
 * const output = layer.apply([tokens, position]) as tf.Tensor;
 * console.log(output.shape, layer.countParams()); // [ 2, 36, 32 ] 8544
 * ```
 */
export class EncoderLayer extends TransformerLayer<TransformerOptions> {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintEncoderLayer';

  constructor(config: TransformerLayerConfig) {
    super(config, transformerOptions('EncoderLayer', config));
  }

  /** @internal */
  protected override weightSpecs(inputShape: Shape | Shape[]): WeightSpecs {
    const hidden = tokenWidth('EncoderLayer', inputShape, [2], this.options.heads);
    return prefixed('encoder/', encoderLayerSpecs({ ...this.options, hidden }));
  }

  /** @internal */
  protected override compute(
    params: Params,
    inputs: readonly tf.Tensor3D[],
    context: BlockContext,
  ): tf.Tensor3D {
    const [tokens, position] = inputs as [tf.Tensor3D, tf.Tensor3D];
    return encoderLayer(params, 'encoder', tokens, { ...context, position });
  }
}
tf.serialization.registerClass(EncoderLayer);
