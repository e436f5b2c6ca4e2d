import { addWeights, oneShape, readWeights } from '@mint/internal/tfjs';
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
import { multiHeadAttention } from './blocks.js';
import { attentionSpecs } from './specs.js';

/**
 * {@link multiHeadAttention} with its own weights: attention that may be kept from looking at a token's own
 * neighbourhood, so that a defect cannot be copied from where it is (UniAD, You et al., NeurIPS 2022).
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
export class NeighbourMaskedAttention extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintNeighbourMaskedAttention';

  /** The options, defaults filled in. */
  readonly options: BlockOptions;
  readonly #dropout: ReturnType<typeof layerDropout>;
  #variables: Record<string, LayerVariable> = {};

  constructor(config: BlockLayerConfig) {
    super(config);
    this.options = blockOptions('NeighbourMaskedAttention', config);
    this.#dropout = layerDropout(this.options);
  }

  override build(inputShape: Shape | Shape[]): void {
    const { heads, seed } = this.options;
    const width = tokenWidth('NeighbourMaskedAttention', inputShape, [1, 3], heads);
    this.#variables = addWeights(this.addWeight.bind(this), attentionSpecs('attn', width), seed);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], { training }: { training?: boolean } = {}): Tensor {
    const given = (Array.isArray(inputs) ? inputs : [inputs]) as Tensor3D[];
    const [query, key = query, value = query] = given as [Tensor3D, Tensor3D?, Tensor3D?];
    return tidy(() => {
      const context = callContext(this.options, this.#dropout.next(training));
      return multiHeadAttention(readWeights(this.#variables), 'attn', query, key, value, context);
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
serialization.registerClass(NeighbourMaskedAttention);
