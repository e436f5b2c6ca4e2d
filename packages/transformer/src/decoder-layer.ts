import { type Params, prefixed, type WeightSpecs } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { multiHeadAttention } from './neighbour-masked-attention.js';
import { decoderLayerSpecs } from './specs.js';
import { addAndNorm, addPosition, type BlockContext, feedForwardSublayer } from './sublayers.js';
import {
  TransformerLayer,
  type TransformerLayerConfig,
  type TransformerOptions,
  tokenWidth,
  transformerOptions,
} from './transformer-layer.js';

/**
 * One decoder layer of UniAD: its query attends to the encoder's output, the result attends to the previous layer's output,
 * then comes the feed-forward block. Each layer starts from its own query, not from the previous layer's output.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param name - Prefix of the layer's weights, such as `decoder/0`.
 * @param query - `[B, N, d]`, or `[1, N, d]` when all images share it.
 * @param memory - `[B, N, d]`, the encoder's output.
 * @param previous - `[B, N, d]`, the previous decoder layer's output; the memory in the first layer.
 * @param context - What all layers share; see {@link blockContext}.
 * @returns `[B, N, d]`; the caller disposes it.
 * @throws MintError `MISSING_WEIGHT` when a weight is missing.
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
  /** Attention of `x` to `source`. */
  const attend = (part: string, x: tf.Tensor3D, source: tf.Tensor3D) =>
    multiHeadAttention(
      params,
      `${name}/${part}`,
      addPosition(x, context),
      addPosition(source, context),
      source,
      context,
    );
  return tf.tidy(() => {
    const fromMemory = attend('attn1', query, memory); // [B, N, d]
    const first = addAndNorm(params, `${name}/norm1`, query, fromMemory, context); // [B, N, d]
    const fromPrevious = attend('attn2', first, previous); // [B, N, d]
    const second = addAndNorm(params, `${name}/norm2`, first, fromPrevious, context); // [B, N, d]
    return feedForwardSublayer(params, name, `${name}/norm3`, second, context);
  });
}

/**
 * {@link decoderLayer} with its own weights: one decoder layer of UniAD (You et al., NeurIPS 2022). Its query may be a
 * learned table, or come from a class-aware generator (MINT-AD).
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input 1, query | `[B, N, d]` | float32 |
 * | input 2, the encoder's output | `[B, N, d]` | float32 |
 * | input 3, position embedding | `[1, N, d]` or `[B, N, d]`, as `PositionEmbedding` returns it | float32 |
 * | input 4, in all but the first layer: the previous layer's output | `[B, N, d]` | float32 |
 * | output | `[B, N, d]` | float32 |
 *
 * @throws MintError `INVALID_ARGUMENT` for a bad option or number of inputs, `SHAPE_MISMATCH` for inputs of another rank.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { DecoderLayer, PositionEmbedding } from '@mint/transformer';
 *
 * const layer = new DecoderLayer({ heads: 4, feedForward: 64, seed: 1 });
 * const memory = tf.randomNormal([2, 36, 32], 0, 1, 'float32', 7); // an encoder's output on a 6x6 grid
 * const query = tf.randomNormal([2, 36, 32], 0, 1, 'float32', 8);
 * const position = new PositionEmbedding({ grid: [6, 6], seed: 1 }).apply(memory) as tf.Tensor;
 * const output = layer.apply([query, memory, position]) as tf.Tensor;
 * console.log(output.shape, layer.countParams()); // [ 2, 36, 32 ] 12832
 * ```
 */
export class DecoderLayer extends TransformerLayer<TransformerOptions> {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintDecoderLayer';

  constructor(config: TransformerLayerConfig) {
    super(config, transformerOptions('DecoderLayer', config));
  }

  /** @internal */
  protected override weightSpecs(inputShape: Shape | Shape[]): WeightSpecs {
    const hidden = tokenWidth('DecoderLayer', inputShape, [3, 4], this.options.heads);
    return prefixed('decoder/', decoderLayerSpecs({ ...this.options, hidden }));
  }

  /** @internal */
  protected override compute(
    params: Params,
    inputs: readonly tf.Tensor3D[],
    context: BlockContext,
  ): tf.Tensor3D {
    const [query, memory, position, previous = memory] = inputs as [
      tf.Tensor3D,
      tf.Tensor3D,
      tf.Tensor3D,
      tf.Tensor3D?,
    ];
    return decoderLayer(params, 'decoder', query, memory, previous, { ...context, position });
  }
}
tf.serialization.registerClass(DecoderLayer);
