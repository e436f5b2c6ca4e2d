import { assertPositiveInt } from '@mint/internal';
import { addWeights, oneShape, prefixed, readWeights } from '@mint/internal/tfjs';
import { serialization, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { type BlockOptions, blockOptions, callContext, layerDropout, tokenWidth } from './block-layer.js';
import { decoderLayer } from './blocks.js';
import type { TransformerLayerConfig } from './encoder-layer.js';
import { decoderLayerSpecs } from './specs.js';

/**
 * {@link decoderLayer} with its own weights: one decoder layer of UniAD (You et al., NeurIPS 2022). Its query may be a
 * learned table or made by a class-aware generator (MINT-AD).
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input 1, query | `[B, N, d]` | float32 |
 * | input 2, the encoder's output | `[B, N, d]` | float32 |
 * | input 3, position embedding | `[1, N, d]` or `[B, N, d]`, such as `PositionEmbedding` gives | float32 |
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
export class DecoderLayer extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintDecoderLayer';

  /** The options, defaults filled in. */
  readonly options: BlockOptions & Readonly<Pick<TransformerLayerConfig, 'feedForward'>>;
  readonly #dropout: ReturnType<typeof layerDropout>;
  #variables: Record<string, LayerVariable> = {};

  constructor(config: TransformerLayerConfig) {
    super(config);
    assertPositiveInt('DecoderLayer', 'feedForward', config.feedForward);
    this.options = { ...blockOptions('DecoderLayer', config), feedForward: config.feedForward };
    this.#dropout = layerDropout(this.options);
  }

  override build(inputShape: Shape | Shape[]): void {
    const { heads, feedForward, seed } = this.options;
    const hidden = tokenWidth('DecoderLayer', inputShape, [3, 4], heads);
    const specs = prefixed('decoder/', decoderLayerSpecs({ hidden, heads, feedForward }));
    this.#variables = addWeights(this.addWeight.bind(this), specs, seed);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], { training }: { training?: boolean } = {}): Tensor {
    const [query, memory, position, previous = memory] = inputs as [Tensor3D, Tensor3D, Tensor, Tensor3D?];
    return tidy(() => {
      const context = callContext(this.options, this.#dropout.next(training), position);
      return decoderLayer(readWeights(this.#variables), 'decoder', query, memory, previous, context);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return oneShape(inputShape);
  }

  override dispose(): ReturnType<layers.Layer['dispose']> {
    this.#dropout.dispose();
    return super.dispose();
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.options as object) };
  }
}
serialization.registerClass(DecoderLayer);
