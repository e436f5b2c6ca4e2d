import { formatShape, MintError } from '@mint/internal';
import { linear, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type ClassQueryConfig, resolveConfig } from './config.js';
import { coordinateGrid } from './coordinate-grid.js';
import { sirenDense } from './siren.js';

/** Bounds of the prior's log variance (our decision). */
const LOG_VAR_LIMIT = 6;

/** What {@link classQueries} gives; the caller disposes every tensor. */
export interface ClassQueries {
  /** One `[B, N, d]` for each decoder layer. */
  readonly queries: tf.Tensor3D[];
  /** Mean of the standardised features, `[B, N, C]`; absent without prior head. */
  readonly mu?: tf.Tensor3D;
  /** Their log variance, `[B, N, C]`, clamped to [−6, 6] with gradient 0 outside; absent without prior head. */
  readonly logVar?: tf.Tensor3D;
}

/**
 * The sine trunk: an implicit neural representation of (position, class).
 *
 * h⁰ = sin(ω₀·(coords·W_x) + prompt·W_p + b), hᵐ = sin(ω₀·(hᵐ⁻¹·W_m + b_m)). The bias of the first layer is not
 * multiplied by ω₀. Position and class have separate weights: in one concatenated input SIREN's rule would give the
 * two coordinates almost no weight (our decision).
 *
 * @param prompt - `[B, E]` float32.
 * @returns The activations of all sine layers, each `[B·N, W]` in [−1, 1], row i·N + n for token n of image i.
 * @throws MintError `SHAPE_MISMATCH` when `prompt` does not fit the weights, `MISSING_WEIGHT` when one is not there.
 *
 * @see Sitzmann et al., NeurIPS 2020, https://arxiv.org/abs/2006.09661.
 */
export function sineTrunk(params: Params, config: ClassQueryConfig, prompt: tf.Tensor2D): tf.Tensor2D[] {
  const { grid, trunkWidth, trunkLayers, omega0, embedding } = resolveConfig('sineTrunk', config);
  if (prompt.shape.length !== 2 || prompt.shape[1] !== embedding) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `sineTrunk: \`prompt\` must be ${formatShape([null, embedding])}, got ${formatShape(prompt.shape)}.`,
    );
  }
  return tf.tidy(() => {
    // Positions are the same for every image and prompts for every position: both are small until added.
    const coords = tf.mul(coordinateGrid(grid[0], grid[1]), omega0) as tf.Tensor2D;
    const kernel = param(params, 'inr/coord/kernel', [2, trunkWidth]) as tf.Tensor2D;
    const shift = tf.expandDims(linear(params, 'inr/prompt', prompt), 1);
    const first = tf.sin(tf.add(tf.matMul(coords, kernel), shift));
    const activations = [tf.reshape(first, [-1, trunkWidth]) as tf.Tensor2D];
    for (let m = 0; m < trunkLayers - 1; m++) {
      const kernel = param(params, `inr/hidden/${m}/kernel`, [trunkWidth, trunkWidth]) as tf.Tensor2D;
      const bias = param(params, `inr/hidden/${m}/bias`, [trunkWidth]) as tf.Tensor1D;
      activations.push(sirenDense(activations[m] as tf.Tensor2D, kernel, bias, omega0) as tf.Tensor2D);
    }
    return activations;
  });
}

/**
 * Class-aware decoder queries, and the Gaussian the features of a normal image of that class should follow, from a
 * class prompt (our reading of MINT-AD; sizes and heads are our decision).
 *
 * With prompts that depend on the class only (modes `'label'` and `'hard'`) so do queries and prior.
 *
 * @param params - Weights named as in `classQuerySpecs`.
 * @param prompt - `[B, E]` float32, from `classPrompt`.
 * @throws MintError `INVALID_ARGUMENT` on a bad option, `SHAPE_MISMATCH` when `prompt` or a weight has another shape,
 * `MISSING_WEIGHT` when a weight is not there.
 */
export function classQueries(params: Params, config: ClassQueryConfig, prompt: tf.Tensor2D): ClassQueries {
  const { grid, channels, hidden, decoderLayers, priorHead, residual } = resolveConfig(
    'classQueries',
    config,
  );
  const tokens = grid[0] * grid[1];
  return tf.tidy(() => {
    const trunk = sineTrunk(params, config, prompt).at(-1) as tf.Tensor2D;
    const head = (name: string, width: number) =>
      tf.reshape(linear(params, name, trunk), [-1, tokens, width]) as tf.Tensor3D;
    const queries = Array.from({ length: decoderLayers }, (_, l): tf.Tensor3D => {
      const query = head(`queryHead/${l}`, hidden);
      return residual ? tf.add(query, param(params, `queryResidual/${l}`, [tokens, hidden])) : query;
    });
    if (!priorHead) return { queries };
    const logVar = tf.clipByValue(head('priorHead/logVar', channels), -LOG_VAR_LIMIT, LOG_VAR_LIMIT);
    return { queries, mu: head('priorHead/mean', channels), logVar };
  });
}
