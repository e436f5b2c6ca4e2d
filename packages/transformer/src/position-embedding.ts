import { assertPositiveInt, formatShape, MintError, randomSeed } from '@mint/internal';
import {
  addWeights,
  configDict,
  type LayerConfig,
  lastAxis,
  oneShape,
  type Params,
  param,
  type Resolved,
  readWeights,
} from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { positionSpecs } from './specs.js';

/**
 * UniAD's learned position embedding: the first half of each vector comes from the column, the second from the row.
 *
 * @param params - Weights `position/row` `[rows, d/2]` and `position/col` `[columns, d/2]`.
 * @param grid - Rows and columns of the tokens, N = rows · columns.
 * @returns `[N, d]` float32; the caller disposes it.
 * @throws MintError `MISSING_WEIGHT` when a weight is missing.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { positionEmbedding } from '@mint/transformer';
 *
 * const params = { 'position/row': tf.tensor2d([[1], [2]]), 'position/col': tf.tensor2d([[3], [4]]) };
 * console.log(positionEmbedding(params, [2, 2]).arraySync());
 * // [ [ 3, 1 ], [ 4, 1 ], [ 3, 2 ], [ 4, 2 ] ]
 * ```
 */
export function positionEmbedding(params: Params, [rows, cols]: readonly [number, number]): tf.Tensor2D {
  return tf.tidy(() => {
    const [row, col] = [param(params, 'position/row'), param(params, 'position/col')];
    const half = row.shape[1] ?? 0;
    const byRow = tf.broadcastTo(tf.expandDims(row, 1), [rows, cols, half]); // [rows, cols, d/2]
    const byCol = tf.broadcastTo(tf.expandDims(col, 0), [rows, cols, half]); // [rows, cols, d/2]
    return tf.reshape(tf.concat([byCol, byRow], 2), [rows * cols, 2 * half]); // [N, d]
  });
}

/** Options of {@link PositionEmbedding}. Plain JSON. */
export interface PositionEmbeddingConfig extends LayerConfig {
  /** Rows and columns of the token grid, N = rows · columns. */
  grid: readonly [number, number];
  /** Seed of the weight draw. @defaultValue a random one, kept in the config */
  seed?: number | undefined;
}

/**
 * {@link positionEmbedding} with its own weights: UniAD's learned position embedding of a token grid, at the start uniform
 * in [0, 1).
 *
 * | | shape | dtype |
 * | --- | --- | --- |
 * | input, tokens, of which only the shape is used | `[B, N, d]`, d even | float32 |
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
  readonly options: Resolved<Pick<PositionEmbeddingConfig, 'grid' | 'seed'>>;
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

  override call(_inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.expandDims(positionEmbedding(readWeights(this.#variables), this.options.grid)));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [1, ...oneShape(inputShape).slice(1)];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...configDict(this.options) };
  }
}
tf.serialization.registerClass(PositionEmbedding);
