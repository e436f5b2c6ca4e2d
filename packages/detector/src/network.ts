import { backboneInfo } from '@mint/backbone';
import { type ClassQueryConfig, classify, classQueries, classQuerySpecs, queryPrompt } from '@mint/inr';
import type { Params, WeightSpecs } from '@mint/internal/tfjs';
import {
  type DropoutSource,
  jitter,
  type ReconstructionConfig,
  reconstruct,
  reconstructionSpecs,
} from '@mint/transformer';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.js';

function reconstructionConfig(config: DetectorConfig, channels: number): ReconstructionConfig {
  return {
    ...config.network,
    channels,
    grid: config.grid,
    queries: config.model === 'uniad' ? 'learned' : 'given',
  };
}

function classQueryConfig(config: DetectorConfig, channels: number): ClassQueryConfig {
  return {
    ...config.queries,
    classes: config.classes.length,
    channels,
    grid: config.grid,
    hidden: config.network.hidden,
    decoderLayers: config.network.decoderLayers,
  };
}

/**
 * Every trainable weight of the network (none of the frozen backbone), with its initialisation.
 *
 * See the example of {@link forward}.
 */
export function networkSpecs(config: DetectorConfig): WeightSpecs {
  const channels = backboneInfo(config.backbone).totalChannels;
  const base = reconstructionSpecs(reconstructionConfig(config, channels));
  return config.model === 'uniad'
    ? base
    : { ...base, ...classQuerySpecs(classQueryConfig(config, channels)) };
}

/** Options of {@link forward}. */
export interface ForwardOptions {
  /** `[1, E]`: the prompt of every image. Without it the classifier runs and makes one for each. */
  readonly prompt?: tf.Tensor2D | undefined;
  /** int32 `[B]`; only needed by the prompt mode `'label'`. */
  readonly labels?: tf.Tensor1D | undefined;
  /** Standard normal `[B, N, C]`: jitters the transformer's input (training). */
  readonly noise?: tf.Tensor3D | undefined;
  /** Dropout masks (training). */
  readonly dropout?: DropoutSource | undefined;
}

/** What {@link forward} returns; the caller disposes it. */
export interface ForwardResult {
  /** f̂ `[B, N, C]`. */
  readonly reconstruction: tf.Tensor3D;
  /** Class scores before softmax, `[B, K]`; absent in UniAD and when the prompt was given. */
  readonly logits?: tf.Tensor2D;
  /** Class posterior, `[B, K]`, rows summing to 1; absent as `logits`. */
  readonly posterior?: tf.Tensor2D;
  /** The prior head's mean of the standardised features, `[B, N, C]`; absent in UniAD. */
  readonly mu?: tf.Tensor3D | undefined;
  /** Their clamped log variance, `[B, N, C]`; absent as `mu`. */
  readonly logVar?: tf.Tensor3D | undefined;
}

/**
 * The whole trainable network on frozen features: classifier, prompt, class-aware queries, reconstruction.
 * Classifier and targets see the clean features, only the transformer's input is jittered.
 *
 * @param params - Weights by the names of {@link networkSpecs}.
 * @param tokens - `[B, N, C]` float32, clean features, scaled as `featureScaling` says.
 *
 * @example
 * ```ts
 * import { forward, MintDetector, networkSpecs, PAPER_CONFIG } from '@mint/detector';
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const config = {
 *   ...PAPER_CONFIG,
 *   classes: ['bolt', 'nut'],
 *   backbone: { kind: 'scattering' },
 *   input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
 *   grid: [8, 8],
 *   network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
 * } as const;
 * const { network } = MintDetector.create(config).toState();
 * console.log(Object.keys(network).length === Object.keys(networkSpecs(config)).length); // true
 * const params = Object.fromEntries(
 *   Object.entries(network).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
 * );
 * const { reconstruction, posterior } = forward(params, config, tf.zeros([3, 64, 147]));
 * console.log(reconstruction.shape, posterior?.shape); // [ 3, 64, 147 ] [ 3, 2 ]
 * ```
 */
export function forward(
  params: Params,
  config: DetectorConfig,
  tokens: tf.Tensor3D,
  { prompt: given, labels, noise, dropout }: ForwardOptions = {},
): ForwardResult {
  const input = noise === undefined ? tokens : jitter(tokens, noise);
  const channels = tokens.shape[2];
  const network = reconstructionConfig(config, channels);
  if (config.model === 'uniad') return { reconstruction: reconstruct(params, network, input, { dropout }) };
  const { prompt, ...classified } =
    given === undefined
      ? promptsOf(params, config, tokens, labels)
      : { prompt: tf.matMul(tf.ones([tokens.shape[0], 1]), given) as tf.Tensor2D };
  const { queries, ...prior } = classQueries(params, classQueryConfig(config, channels), prompt);
  return {
    reconstruction: reconstruct(params, network, input, { queries, dropout }),
    ...classified,
    ...prior,
  };
}

function promptsOf(params: Params, config: DetectorConfig, tokens: tf.Tensor3D, labels?: tf.Tensor1D) {
  const { logits, posterior, penultimate } = classify(params, tokens);
  const prompt = queryPrompt(params, config.queries, { posterior, penultimate, labels });
  return { prompt, logits, posterior };
}
