import { formatShape, MintError } from '@mint/internal';
import { linear, oneHot, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Classification } from './classifier.js';
import type { ClassQueryConfig, PromptMode } from './config.js';
import { stopGradient } from './stop-gradient.js';

/** The class information {@link classPrompt} chooses from. */
export interface PromptSource extends Pick<Classification, 'posterior' | 'penultimate'> {
  /** int32 `[B]`, each in [0, K); needed by mode `'label'` only. A label outside gives a prompt of zeros. */
  readonly labels?: tf.Tensor1D | undefined;
}

/**
 * How much of every class an image is taken for, or given as: the posterior in mode `'soft'`, one-hot in the others.
 *
 * @param mode - `'feature'` has no classes to mix.
 * @param source - Posterior `[B, K]`; in mode `'label'` int32 labels `[B]`.
 * @returns `[B, K]` float32, rows sum to 1; cut off from the gradient.
 * @throws MintError as {@link classPrompt}.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classMixture } from '@mint/inr';
 *
 * const posterior = tf.tensor2d([[0.25, 0.5, 0.25]]);
 * console.log(classMixture('soft', { posterior }).arraySync()); // [ [ 0.25, 0.5, 0.25 ] ]
 * console.log(classMixture('hard', { posterior }).arraySync()); // [ [ 0, 1, 0 ] ]
 * ```
 */
export function classMixture(
  mode: Exclude<PromptMode, 'feature'>,
  { posterior, labels }: Omit<PromptSource, 'penultimate'>,
): tf.Tensor2D {
  // The cut also keeps argMax, which has no gradient, off the backward pass.
  if (mode === 'soft') return stopGradient(posterior);
  const [batch, classes] = posterior.shape;
  if (mode === 'hard') return oneHot(tf.argMax(stopGradient(posterior), 1) as tf.Tensor1D, classes);
  if (labels === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      "classMixture: mode 'label' needs `labels`; pass them or use mode 'soft'.",
    );
  }
  if (labels.dtype !== 'int32') {
    throw new MintError('INVALID_ARGUMENT', `classMixture: \`labels\` must be int32, got ${labels.dtype}.`);
  }
  if (labels.shape.join() !== `${batch}`) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `classMixture: \`labels\` must be ${formatShape([batch])}, one per image, got ${formatShape(labels.shape)}.`,
    );
  }
  return oneHot(labels, classes);
}

/**
 * The class-aware prompt of every image (our decision: the paper does not say where the class comes from, see
 * {@link PromptMode}).
 *
 * Posterior and penultimate feature are cut off from the gradient: the classifier learns from its own loss only, the
 * embeddings from what the prompt is used for. Embeddings are looked up by a matrix product, since the gradient of
 * `gather` is missing on some backends.
 *
 * @param params - Weights named as in `classQuerySpecs`, made for the same mode.
 * @param mode - Where the class information comes from.
 * @param source - Of {@link classify}; with labels in mode `'label'`.
 * @returns `[B, E]` float32. In mode `'soft'` it lies in the convex hull of the K class embeddings.
 * @throws MintError `INVALID_ARGUMENT` when mode `'label'` has no int32 labels, `SHAPE_MISMATCH` when they are not
 * `[B]`, `MISSING_WEIGHT` when the weights were made for another mode.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classify, classPrompt, classQuerySpecs, initParams } from '@mint/inr';
 *
 * const config = { classes: 3, channels: 20, grid: [4, 4], hidden: 32, decoderLayers: 2 } as const;
 * const params = initParams(classQuerySpecs(config), 1);
 * const { posterior, penultimate } = classify(params, tf.zeros([2, 16, 20]));
 * console.log(classPrompt(params, 'soft', { posterior, penultimate }).shape); // [ 2, 64 ]
 * const labels = tf.tensor1d([0, 2], 'int32');
 * console.log(classPrompt(params, 'label', { posterior, penultimate, labels }).shape); // [ 2, 64 ]
 * ```
 */
export function classPrompt(params: Params, mode: PromptMode, source: PromptSource): tf.Tensor2D {
  return tf.tidy(() => {
    if (mode === 'feature') return linear(params, 'featurePrompt', stopGradient(source.penultimate));
    return tf.matMul(classMixture(mode, source), param(params, 'classEmbedding') as tf.Tensor2D);
  });
}

/**
 * What `classQueries` takes as prompt: the class mixture itself where the queries are tables, else {@link classPrompt}.
 *
 * @param params - Weights named as in `classQuerySpecs`.
 * @param config - Mode and generator.
 * @param source - Of {@link classify}; with labels in mode `'label'`.
 * @returns `[B, K]` for generator `'table'`, else `[B, E]`; float32.
 * @throws MintError as {@link classPrompt}.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classify, classQuerySpecs, initParams, queryPrompt } from '@mint/inr';
 *
 * const config = {
 *   classes: 3,
 *   channels: 20,
 *   grid: [4, 4],
 *   hidden: 32,
 *   decoderLayers: 2,
 *   generator: 'table',
 * } as const;
 * const params = initParams(classQuerySpecs(config), 1);
 * const source = classify(params, tf.zeros([2, 16, 20]));
 * console.log(queryPrompt(params, config, source).shape); // [ 2, 3 ]
 * ```
 */
export function queryPrompt(
  params: Params,
  { mode = 'soft', generator }: Pick<ClassQueryConfig, 'mode' | 'generator'>,
  source: PromptSource,
): tf.Tensor2D {
  return generator === 'table' && mode !== 'feature'
    ? classMixture(mode, source)
    : classPrompt(params, mode, source);
}
