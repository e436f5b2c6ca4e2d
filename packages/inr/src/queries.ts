import { formatShape, MintError } from '@mint/internal';
import { linear, type Params, param, type Resolved } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { type ClassQueryConfig, resolveConfig } from './config.js';
import { coordinateGrid } from './coordinate-grid.js';
import { FOURIER_FEATURES, fourierFeatures } from './fourier-features.js';
import { sirenDense } from './siren.js';

/** Bounds of the prior's log variance (our decision). */
const LOG_VAR_LIMIT = 6;

/** Result of {@link classQueries}; the caller disposes every tensor. */
export interface ClassQueries {
  /** One `[B, N, d]` per decoder layer. */
  readonly queries: tf.Tensor3D[];
  /** Mean of the standardised features, `[B, N, C]`; absent without a prior head. */
  readonly mu?: tf.Tensor3D | undefined;
  /** Their log variance, `[B, N, C]`, clamped to [−6, 6] with gradient 0 outside; absent without a prior head. */
  readonly logVar?: tf.Tensor3D | undefined;
}

/**
 * The sine trunk: an implicit neural representation of (position, class).
 *
 * h⁰ = sin(ω₀·(coords·W_x) + prompt·W_p + b), hᵐ = sin(ω₀·(hᵐ⁻¹·W_m + b_m)). The bias of the first layer is not
 * multiplied by ω₀. Position and class have separate weights: in one concatenated input, SIREN's rule would give
 * the two coordinates almost no weight (our decision).
 *
 * @param params - Weights named as in `classQuerySpecs`, for generator `'siren'`.
 * @param config - The configuration that the weights were made for.
 * @param prompt - `[B, E]` float32.
 * @returns The activations of all sine layers, each `[B·N, W]` in [−1, 1], row i·N + n for token n of image i.
 * @throws MintError `SHAPE_MISMATCH` when `prompt` does not fit the weights, `MISSING_WEIGHT` when one is not there.
 *
 * @see Sitzmann et al., NeurIPS 2020, https://arxiv.org/abs/2006.09661.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classQuerySpecs, initParams, sineTrunk } from '@mint/inr';
 *
 * const config = { classes: 3, channels: 20, grid: [4, 4], hidden: 32, decoderLayers: 2 } as const;
 * const params = initParams(classQuerySpecs(config), 1);
 * const activations = sineTrunk(params, config, tf.zeros([5, 64])); // prompts of five images
 * console.log(activations.length, activations[0]?.shape); // 3 [ 80, 256 ]
 * ```
 */
export function sineTrunk(params: Params, config: ClassQueryConfig, prompt: tf.Tensor2D): tf.Tensor2D[] {
  const { grid, trunkWidth, trunkLayers, omega0, embedding } = resolveConfig('sineTrunk', config);
  assertPrompt('sineTrunk', prompt, embedding);
  return tf.tidy(() => {
    // Positions are the same for all images, prompts the same for all positions: both are small until they are added.
    const coords = tf.mul(coordinateGrid(grid[0], grid[1]), omega0) as tf.Tensor2D;
    const kernel = param(params, 'inr/coord/kernel', [2, trunkWidth]) as tf.Tensor2D;
    const shift = tf.expandDims(linear(params, 'inr/prompt', prompt), 1); // [B, 1, W]
    const first = tf.sin(tf.add(tf.matMul(coords, kernel), shift)); // [B, N, W]
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
 * ReLU layers on Fourier features: h⁰ = relu(φ(coords)·W_x + prompt·W_p + b), hᵐ = relu(hᵐ⁻¹·W_m + b_m).
 *
 * @returns The last activation, `[B·N, W]`, rows as in {@link sineTrunk}.
 */
function fourierTrunk(params: Params, config: Resolved<ClassQueryConfig>, prompt: tf.Tensor2D): tf.Tensor2D {
  const { grid, trunkWidth, trunkLayers } = config;
  const kernel = param(params, 'inr/coord/kernel', [FOURIER_FEATURES, trunkWidth]) as tf.Tensor2D;
  const shift = tf.expandDims(linear(params, 'inr/prompt', prompt), 1); // [B, 1, W]
  const first = tf.relu(tf.add(tf.matMul(fourierFeatures(grid[0], grid[1]), kernel), shift)); // [B, N, W]
  let activation = tf.reshape(first, [-1, trunkWidth]) as tf.Tensor2D;
  for (let m = 0; m < trunkLayers - 1; m++)
    activation = tf.relu(linear(params, `inr/hidden/${m}`, activation));
  return activation;
}

/** Class-aware queries from one table per class, mixed: `mixture · table`, each `[B, N, d]`. */
function tableQueries(
  params: Params,
  { classes, grid, hidden, decoderLayers }: Resolved<ClassQueryConfig>,
  mixture: tf.Tensor2D,
): tf.Tensor3D[] {
  const tokens = grid[0] * grid[1];
  return Array.from({ length: decoderLayers }, (_, l) => {
    const table = param(params, `queryTable/${l}`, [classes, tokens * hidden]) as tf.Tensor2D;
    return tf.reshape(tf.matMul(mixture, table), [-1, tokens, hidden]) as tf.Tensor3D;
  });
}

/**
 * Class-aware decoder queries, and the Gaussian that the features of a normal image of that class should follow, from a
 * class prompt (our reading of MINT-AD; sizes and heads are our decision).
 *
 * Queries and prior depend on the class only where the prompt does, in modes `'label'` and `'hard'`.
 *
 * @param params - Weights named as in `classQuerySpecs`.
 * @param config - The configuration that the weights were made for.
 * @param prompt - `[B, E]` float32, from {@link classPrompt}; for generator `'table'` `[B, K]`, from {@link classMixture}. Both
 * come from {@link queryPrompt}.
 * @throws MintError `INVALID_ARGUMENT` for a bad option, `SHAPE_MISMATCH` when `prompt` or a weight has another shape,
 * `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classify, classPrompt, classQueries, classQuerySpecs, initParams } from '@mint/inr';
 *
 * const config = { classes: 3, channels: 20, grid: [4, 4], hidden: 32, decoderLayers: 2 } as const;
 * const params = initParams(classQuerySpecs(config), 1);
 * const prompt = classPrompt(params, 'soft', classify(params, tf.zeros([5, 16, 20])));
 * const { queries, mu, logVar } = classQueries(params, config, prompt);
 * console.log(queries.length, queries[0]?.shape, mu?.shape, logVar?.shape);
 * // 2 [ 5, 16, 32 ] [ 5, 16, 20 ] [ 5, 16, 20 ]
 * ```
 */
export function classQueries(params: Params, config: ClassQueryConfig, prompt: tf.Tensor2D): ClassQueries {
  const resolved = resolveConfig('classQueries', config);
  const { classes, grid, channels, hidden, decoderLayers, generator, embedding, priorHead, residual } =
    resolved;
  const tokens = grid[0] * grid[1];
  assertPrompt('classQueries', prompt, generator === 'table' ? classes : embedding);
  return tf.tidy(() => {
    if (generator === 'table') return { queries: tableQueries(params, resolved, prompt) };
    const trunk =
      generator === 'siren'
        ? (sineTrunk(params, config, prompt).at(-1) as tf.Tensor2D)
        : fourierTrunk(params, resolved, prompt);
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

function assertPrompt(who: string, prompt: tf.Tensor2D, width: number): void {
  if (prompt.shape.length === 2 && prompt.shape[1] === width) return;
  throw new MintError(
    'SHAPE_MISMATCH',
    `${who}: \`prompt\` must be ${formatShape([null, width])}, got ${formatShape(prompt.shape)}.`,
  );
}
