import { formatShape, MintError } from '@mint/internal';
import { layerNorm } from '@mint/internal/nn';
import { linear, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { ReconstructionConfig } from './config.js';
import { decoderLayer } from './decoder-layer.js';
import { encoderLayer } from './encoder-layer.js';
import { additiveMask } from './neighbour-mask.js';
import { positionEmbedding } from './position-embedding.js';
import type { DropoutSource } from './random-pool.js';
import type { BlockContext } from './sublayers.js';

/** Optional arguments of {@link reconstruct}. */
export interface ReconstructOptions {
  /**
   * One `[B, N, d]`, or `[1, N, d]` when all images share it, per decoder layer. Needed when `config.queries` is `'given'`,
   * refused otherwise.
   */
  readonly queries?: readonly tf.Tensor[] | undefined;
  /** Dropout masks, in training only. @defaultValue no dropout */
  readonly dropout?: DropoutSource | undefined;
}

/**
 * What all layers of one pass share: heads, positions, dropout, and the neighbour mask if there is a window.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param dropout - Dropout masks of this step, in training only.
 * @returns `position` `[N, d]` and `mask` `[N, N]`; the caller disposes them.
 * @throws MintError `MISSING_WEIGHT` when the position embedding is missing.
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
    mask: config.window && additiveMask(config.grid, config.window),
    dropout,
  };
}

/**
 * Rebuilds frozen features with UniAD's transformer (You et al., NeurIPS 2022): a linear layer, the encoder, the decoder
 * with learned or given queries, a linear layer.
 *
 * @param params - Weights by name; see {@link reconstructionSpecs}.
 * @param config - The configuration that the weights were made for.
 * @param tokens - `[B, N, C]` float32, jittered in training.
 * @param options - Given queries, and dropout in training.
 * @returns `[B, N, C]`; the caller disposes it.
 * @throws MintError `SHAPE_MISMATCH` when the tokens do not fit the configuration, `INVALID_ARGUMENT` when queries are
 * missing or superfluous, `MISSING_WEIGHT` when a weight is missing.
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
  checkInputs(config, tokens, queries);
  return tf.tidy(() => {
    const context = blockContext(params, config, dropout);
    let memory = linear(params, 'inputProj', tokens); // [B, N, d]
    for (let i = 0; i < config.encoderLayers; i++)
      memory = encoderLayer(params, `encoder/${i}`, memory, context);
    let output = memory; // [B, N, d]
    for (let i = 0; i < config.decoderLayers; i++) {
      const query = (queries?.[i] ?? tf.expandDims(param(params, `decoder/${i}/query`), 0)) as tf.Tensor3D;
      output = decoderLayer(params, `decoder/${i}`, query, memory, output, context);
    }
    const normed = layerNorm(output, param(params, 'decoder/norm/gamma'), param(params, 'decoder/norm/beta'));
    return linear(params, 'outputProj', normed); // [B, N, C]
  });
}

function checkInputs(
  { grid, channels, queries: kind, decoderLayers }: ReconstructionConfig,
  tokens: tf.Tensor3D,
  queries: readonly tf.Tensor[] | undefined,
): void {
  const n = grid[0] * grid[1];
  if (tokens.rank !== 3 || tokens.shape[1] !== n || tokens.shape[2] !== channels) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `reconstruct: \`tokens\` must be [B, ${n}, ${channels}], got ${formatShape(tokens.shape)}.`,
    );
  }
  if (queries?.length !== (kind === 'given' ? decoderLayers : undefined)) {
    const wanted =
      kind === 'given' ? `${decoderLayers} tensors` : 'absent, because the network has learned queries';
    throw new MintError(
      'INVALID_ARGUMENT',
      `reconstruct: \`queries\` must be ${wanted}, got ${queries?.length ?? 'none'}.`,
    );
  }
}
