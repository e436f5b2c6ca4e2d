import { formatShape, MintError } from '@mint/internal';
import { linear, oneHot, type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Classification } from './classifier.js';
import { CLASS_QUERY_DEFAULTS, type ClassQuerySettings, type PromptMode } from './config.js';
import { stopGradient } from './stop-gradient.js';

/** The class information that {@link classPrompt} chooses from. */
export interface PromptSource extends Pick<Classification, 'posterior' | 'penultimate'> {
  /** int32 `[B]`, each in [0, K); needed in mode `'label'` only. A label outside this range gives a prompt of zeros. */
  readonly labels?: tf.Tensor1D | undefined;
}

/**
 * The share of each class in an image: the posterior in mode `'soft'`; one-hot of the label in mode `'label'`, and of the
 * most probable class in mode `'hard'`.
 *
 * @param mode - Any but `'feature'`, which has no classes to mix.
 * @param source - Posterior `[B, K]`; in mode `'label'` int32 labels `[B]`.
 * @returns `[B, K]` float32, rows sum to 1; no gradient flows through it. The caller disposes it.
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
 * The class-aware prompt of each image (our decision: the paper does not say where the class comes from; see
 * {@link PromptMode}).
 *
 * No gradient flows through posterior and penultimate feature: the classifier learns from its own loss only, the embeddings
 * from what the prompt is used for. Embeddings are looked up by a matrix product, since the gradient of
 * `gather` is missing on some backends.
 *
 * @param params - Weights named as in `classQuerySpecs`, made for the same mode.
 * @param mode - Where the class information comes from.
 * @param source - Result of {@link classify}, and the labels in mode `'label'`.
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
 * The prompt that `classQueries` needs: {@link classMixture} where the queries are tables, {@link classPrompt} otherwise.
 *
 * @param params - Weights named as in `classQuerySpecs`.
 * @param config - Mode and generator.
 * @param source - Result of {@link classify}, and the labels in mode `'label'`.
 * @returns `[B, K]` for generator `'table'`, `[B, E]` otherwise; float32.
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
  { mode = CLASS_QUERY_DEFAULTS.mode, generator }: Pick<ClassQuerySettings, 'mode' | 'generator'>,
  source: PromptSource,
): tf.Tensor2D {
  return generator === 'table' && mode !== 'feature'
    ? classMixture(mode, source)
    : classPrompt(params, mode, source);
}
