import { assertPositiveInt, formatShape, MintError, randomSeed } from '@mint/internal';
import { addWeights, type LayerConfig, lastAxis, oneShape, readWeights } from '@mint/internal/tfjs';
import { expandDims, serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { positionEmbedding } from './reconstruct.js';
import { positionSpecs } from './specs.js';

/** Options of {@link PositionEmbedding}; plain JSON. */
export interface PositionEmbeddingConfig extends LayerConfig {
  /** Rows and columns of the token grid, N = rows · columns. */
  grid: readonly [number, number];
  /** Seed of the weight draw. @defaultValue a random one, kept in the config */
  seed?: number;
}

/**
 * Learned position embedding of a token grid (UniAD's): a vector for each column beside one for each row, uniform in
 * [0, 1) at the start.
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input, tokens; only their shape counts | `[B, N, d]`, d even | float32 |
 * | output | `[1, N, d]` | float32 |
 *
 * @throws MintError `INVALID_ARGUMENT` for a bad grid, `SHAPE_MISMATCH` for tokens that do not fit it.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { PositionEmbedding } from '@mint/transformer';
 *
 * const layer = new PositionEmbedding({ grid: [6, 6], seed: 1 });
 * const position = layer.apply(tf.zeros([2, 36, 32])) as tf.Tensor;
 * console.log(position.shape, layer.countParams()); // [ 1, 36, 32 ] 192
 * ```
 */
export class PositionEmbedding extends layers.Layer {
  /** Name written into saved models. Never change it: old files would stop loading. */
  static readonly className = 'MintPositionEmbedding';

  /** The options, defaults filled in. */
  readonly options: Readonly<Required<Pick<PositionEmbeddingConfig, 'grid' | 'seed'>>>;
  #variables: Record<string, LayerVariable> = {};

  constructor(config: PositionEmbeddingConfig) {
    super(config);
    const { grid, seed = randomSeed() } = config;
    for (const size of grid) assertPositiveInt('PositionEmbedding', 'grid', size);
    this.options = { grid, seed };
  }

  override build(inputShape: Shape | Shape[]): void {
    const { grid, seed } = this.options;
    const shape = oneShape(inputShape);
    const width = lastAxis('PositionEmbedding', shape, 3);
    if (shape[1] !== grid[0] * grid[1] || width % 2 !== 0) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `PositionEmbedding: needs tokens [B, ${grid[0] * grid[1]}, even width], got ${formatShape(shape)}.`,
      );
    }
    this.#variables = addWeights(this.addWeight.bind(this), positionSpecs(grid, width), seed);
    super.build(inputShape);
  }

  override call(_inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => expandDims(positionEmbedding(readWeights(this.#variables), this.options.grid)));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [1, ...oneShape(inputShape).slice(1)];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.options as object) };
  }
}
serialization.registerClass(PositionEmbedding);
