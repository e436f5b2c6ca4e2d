import { formatShape, MintError } from '@mint/internal';
import { linear, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type BlockContext, decoderLayer, encoderLayer } from './blocks.js';
import type { ReconstructionConfig } from './config.js';
import { layerNorm } from './functional.js';
import { additiveMask } from './neighbour-mask.js';
import type { DropoutSource } from './random-pool.js';

/** UniAD's jitter strength. */
const JITTER_SCALE = 20;

/** What {@link reconstruct} needs besides weights and tokens. */
export interface ReconstructOptions {
  /**
   * One `[B, N, d]` (or `[1, N, d]`) for each decoder layer; needed when `config.queries` is `'given'`, refused
   * otherwise.
   */
  readonly queries?: readonly tf.Tensor[];
  /** Dropout masks; absent in evaluation. */
  readonly dropout?: DropoutSource;
}

/**
 * Learned position embedding: the column's half first, then the row's (UniAD's).
 *
 * @param params - Weights `position/row` `[rows, d/2]` and `position/col` `[columns, d/2]`.
 * @param grid - Rows and columns of the tokens, N = rows · columns.
 * @returns `[N, d]` float32.
 * @throws MintError `MISSING_WEIGHT` when a weight is not there.
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
    const byRow = tf.broadcastTo(tf.expandDims(row, 1), [rows, cols, half]);
    const byCol = tf.broadcastTo(tf.expandDims(col, 0), [rows, cols, half]);
    return tf.reshape(tf.concat([byCol, byRow], 2), [rows * cols, 2 * half]);
  });
}

/**
 * What all layers of one pass share: positions, and the neighbour mask where there is a window.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param dropout - Masks of this step; absent in evaluation.
 * @returns Tensors the caller disposes.
 * @throws MintError `MISSING_WEIGHT` when there is no position embedding.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { blockContext, initParams, reconstructionSpecs } from '@mint/transformer';
 *
 * const config = {
 *   channels: 20,
 *   grid: [4, 4],
 *   hidden: 32,
 *   heads: 4,
 *   feedForward: 64,
 *   encoderLayers: 2,
 *   decoderLayers: 2,
 *   window: [3, 3],
 *   queries: 'learned',
 * } as const;
 * const { position, mask } = blockContext(initParams(reconstructionSpecs(config), 1), config);
 * console.log(position?.shape, mask?.shape); // [ 16, 32 ] [ 16, 16 ]
 * ```
 */
export function blockContext(
  params: Params,
  config: ReconstructionConfig,
  dropout?: DropoutSource,
): BlockContext {
  return {
    heads: config.heads,
    position: positionEmbedding(params, config.grid),
    ...(config.window === undefined ? {} : { mask: additiveMask(config.grid, config.window) }),
    ...(dropout === undefined ? {} : { dropout }),
  };
}

/**
 * Rebuilds frozen features with UniAD's transformer (You et al., NeurIPS 2022): linear in, encoder, decoder from
 * learned or given queries, linear out.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param config - The one that the weights were made for.
 * @param tokens - `[B, N, C]` float32, jittered in training.
 * @param options - Given queries; dropout in training.
 * @returns `[B, N, C]`.
 * @throws MintError `SHAPE_MISMATCH` when the tokens do not fit the configuration; `INVALID_ARGUMENT` when queries are
 * missing or superfluous.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { initParams, reconstruct, reconstructionSpecs } from '@mint/transformer';
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
 * const tokens = tf.randomNormal([2, 16, 20], 0, 1, 'float32', 7) as tf.Tensor3D;
 * console.log(reconstruct(params, config, tokens).shape); // [ 2, 16, 20 ]
 * ```
 */
export function reconstruct(
  params: Params,
  config: ReconstructionConfig,
  tokens: tf.Tensor3D,
  { queries, dropout }: ReconstructOptions = {},
): tf.Tensor3D {
  const n = config.grid[0] * config.grid[1];
  if (tokens.rank !== 3 || tokens.shape[1] !== n || tokens.shape[2] !== config.channels) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `reconstruct: \`tokens\` must be [B, ${n}, ${config.channels}], got ${formatShape(tokens.shape)}.`,
    );
  }
  if (
    (config.queries === 'given') !== (queries !== undefined) ||
    (queries && queries.length !== config.decoderLayers)
  ) {
    const wanted =
      config.queries === 'given' ? `${config.decoderLayers} tensors` : 'absent: the network has learned ones';
    throw new MintError(
      'INVALID_ARGUMENT',
      `reconstruct: \`queries\` must be ${wanted}, got ${queries?.length ?? 'none'}.`,
    );
  }
  return tf.tidy(() => {
    const context = blockContext(params, config, dropout);
    let memory = linear(params, 'inputProj', tokens);
    for (let i = 0; i < config.encoderLayers; i++)
      memory = encoderLayer(params, `encoder/${i}`, memory, context);
    let output = memory;
    for (let i = 0; i < config.decoderLayers; i++) {
      const query = (queries?.[i] ?? tf.expandDims(param(params, `decoder/${i}/query`), 0)) as tf.Tensor3D;
      output = decoderLayer(params, `decoder/${i}`, query, memory, output, context);
    }
    const normed = layerNorm(output, param(params, 'decoder/norm/gamma'), param(params, 'decoder/norm/beta'));
    return linear(params, 'outputProj', normed as tf.Tensor3D);
  });
}

/**
 * UniAD's feature jitter, for training: `x + ε·‖token‖₂/C·scale`.
 *
 * @param tokens - `[B, N, C]`.
 * @param noise - `[B, N, C]` standard normal, ε; {@link createNoise}.
 * @param scale - Strength. @defaultValue 20, as UniAD
 * @returns `[B, N, C]`.
 * @see You et al., "A Unified Model for Multi-class Anomaly Detection", NeurIPS 2022.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { jitter } from '@mint/transformer';
 *
 * const tokens = tf.tensor3d([[[3, 4]]]); // length 5, two channels
 * const noise = tf.tensor3d([[[0.1, -0.1]]]);
 * console.log(jitter(tokens, noise).arraySync()); // [ [ [ 8, -1 ] ] ]
 * ```
 */
export function jitter(tokens: tf.Tensor3D, noise: tf.Tensor3D, scale = JITTER_SCALE): tf.Tensor3D {
  return tf.tidy(() => {
    const length = tf.sqrt(tf.sum(tf.square(tokens), -1, true));
    return tf.add(tokens, tf.mul(noise, tf.mul(length, scale / tokens.shape[2])));
  });
}
