import { assertPositiveInt } from '@mint/internal';
import { addWeights, oneShape, prefixed, readWeights } from '@mint/internal/tfjs';
import { serialization, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import {
  type BlockLayerConfig,
  type BlockOptions,
  blockOptions,
  callContext,
  layerDropout,
  tokenWidth,
} from './block-layer.js';
import { encoderLayer } from './blocks.js';
import { encoderLayerSpecs } from './specs.js';

/** Options of {@link EncoderLayer} and `DecoderLayer`; plain JSON. */
export interface TransformerLayerConfig extends BlockLayerConfig {
  /** Width of the feed-forward block. */
  feedForward: number;
}

/**
 * {@link encoderLayer} with its own weights: one encoder layer of UniAD (You et al., NeurIPS 2022).
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input 1, tokens | `[B, N, d]` | float32 |
 * | input 2, position embedding | `[1, N, d]` or `[B, N, d]`, such as `PositionEmbedding` gives | float32 |
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
export class EncoderLayer extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintEncoderLayer';

  /** The options, defaults filled in. */
  readonly options: BlockOptions & Readonly<Pick<TransformerLayerConfig, 'feedForward'>>;
  readonly #dropout: ReturnType<typeof layerDropout>;
  #variables: Record<string, LayerVariable> = {};

  constructor(config: TransformerLayerConfig) {
    super(config);
    assertPositiveInt('EncoderLayer', 'feedForward', config.feedForward);
    this.options = { ...blockOptions('EncoderLayer', config), feedForward: config.feedForward };
    this.#dropout = layerDropout(this.options);
  }

  override build(inputShape: Shape | Shape[]): void {
    const { heads, feedForward, seed } = this.options;
    const hidden = tokenWidth('EncoderLayer', inputShape, [2], heads);
    const specs = prefixed('encoder/', encoderLayerSpecs({ hidden, heads, feedForward }));
    this.#variables = addWeights(this.addWeight.bind(this), specs, seed);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], { training }: { training?: boolean } = {}): Tensor {
    const [tokens, position] = inputs as [Tensor3D, Tensor];
    return tidy(() => {
      const context = callContext(this.options, this.#dropout.next(training), position);
      return encoderLayer(readWeights(this.#variables), 'encoder', tokens, context);
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
serialization.registerClass(EncoderLayer);
