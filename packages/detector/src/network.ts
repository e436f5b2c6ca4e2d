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

/** Every trainable weight of the network (not of the frozen backbone), with its initialisation. */
export function networkSpecs(config: DetectorConfig): WeightSpecs {
  const channels = backboneInfo(config.backbone).totalChannels;
  const base = reconstructionSpecs(reconstructionConfig(config, channels));
  return config.model === 'uniad'
    ? base
    : { ...base, ...classQuerySpecs(classQueryConfig(config, channels)) };
}

export interface ForwardOptions {
  /** `[1, E]`: the prompt of every picture. Without it the classifier makes one for each; it does not run otherwise. */
  readonly prompt?: tf.Tensor2D;
  /** int32 `[B]`; needed by the prompt mode `'label'` only. */
  readonly labels?: tf.Tensor1D;
  /** Standard normal `[B, N, C]`: jitters the transformer's input (training). */
  readonly noise?: tf.Tensor3D;
  /** Dropout masks (training). */
  readonly dropout?: DropoutSource;
}

export interface ForwardResult {
  /** f̂ `[B, N, C]`. */
  readonly reconstruction: tf.Tensor3D;
  /** Class scores before softmax and class posterior, both `[B, K]`; absent in UniAD and when the prompt was given. */
  readonly logits?: tf.Tensor2D;
  readonly posterior?: tf.Tensor2D;
  /** The prior head's mean and clamped log variance of the standardised features, both `[B, N, C]`. */
  readonly mu?: tf.Tensor3D;
  readonly logVar?: tf.Tensor3D;
}

/**
 * The whole trainable network on frozen features: classifier, prompt, class-aware queries, reconstruction.
 * Classifier and targets see the clean features, only the transformer's input is jittered.
 *
 * @param tokens - `[B, N, C]` float32, clean features.
 */
export function forward(
  params: Params,
  config: DetectorConfig,
  tokens: tf.Tensor3D,
  { prompt: given, labels, noise, dropout }: ForwardOptions = {},
): ForwardResult {
  const input = noise === undefined ? tokens : jitter(tokens, noise);
  const drop = dropout === undefined ? {} : { dropout };
  const channels = tokens.shape[2];
  const network = reconstructionConfig(config, channels);
  if (config.model === 'uniad') return { reconstruction: reconstruct(params, network, input, drop) };
  const { prompt, ...classified } =
    given === undefined
      ? promptsOf(params, config, tokens, labels)
      : { prompt: tf.matMul(tf.ones([tokens.shape[0], 1]), given) as tf.Tensor2D };
  const { queries, mu, logVar } = classQueries(params, classQueryConfig(config, channels), prompt);
  return {
    reconstruction: reconstruct(params, network, input, { queries, ...drop }),
    ...classified,
    ...(mu === undefined ? {} : { mu }),
    ...(logVar === undefined ? {} : { logVar }),
  };
}

function promptsOf(params: Params, config: DetectorConfig, tokens: tf.Tensor3D, labels?: tf.Tensor1D) {
  const { logits, posterior, penultimate } = classify(params, tokens);
  const prompt = queryPrompt(params, config.queries, { posterior, penultimate, labels });
  return { prompt, logits, posterior };
}
