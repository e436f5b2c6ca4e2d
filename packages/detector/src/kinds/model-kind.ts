import type { Params, WeightSpecs } from '@mint/internal/tfjs';
import type { DropoutSource } from '@mint/transformer';
import type * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';

/** Options of `forward`. */
export interface ForwardOptions {
  /**
   * What an added class brings, by the names of `classSpecs`: all images show that class. Without it the class of each image is
   * recognised.
   */
  readonly ofClass?: Params | undefined;
  /** int32 `[B]`; only needed by the prompt mode `'label'`. */
  readonly labels?: tf.Tensor1D | undefined;
  /** Standard normal `[B, N, C]`: jitters the transformer's input (training). */
  readonly noise?: tf.Tensor3D | undefined;
  /** Dropout masks (training). */
  readonly dropout?: DropoutSource | undefined;
}

/** What `forward` returns; the caller disposes it. */
export interface ForwardResult {
  /** f̂ `[B, N, C]`: what a good image would have in place of each token. */
  readonly reconstruction: tf.Tensor3D;
  /** Class scores before softmax, `[B, K]`; absent in UniAD and when the class was given. */
  readonly logits?: tf.Tensor2D;
  /** Class posterior, `[B, K]`, rows summing to 1; absent as `logits`. */
  readonly posterior?: tf.Tensor2D;
  /** The prior head's mean of the standardised features, `[B, N, C]`; only in MINT-AD. */
  readonly mu?: tf.Tensor3D | undefined;
  /** Their clamped log variance, `[B, N, C]`; absent as `mu`. */
  readonly logVar?: tf.Tensor3D | undefined;
}

/**
 * A kind of model: how the tokens of a good image are foretold. Everything else, from the map over limits to the report, works
 * on the residuals alone and is the same for all kinds.
 */
export interface ModelKind {
  /** How people call it. */
  readonly title: string;
  /** Whether it recognises the class of an image, which maps by class and limits by recognised class need. */
  readonly recognisesClasses: boolean;
  /** Weights of the trained classes, with their values before training. */
  readonly specs: (config: DetectorConfig) => WeightSpecs;
  /** Why no class can be added to a model with this configuration; undefined when one can. */
  readonly whyClosed: (config: DetectorConfig) => string | undefined;
  /** What an added class brings. */
  readonly classSpecs: (config: DetectorConfig) => WeightSpecs;
  /** See `forward`. */
  readonly forward: (
    params: Params,
    config: DetectorConfig,
    tokens: tf.Tensor3D,
    options: ForwardOptions,
  ) => ForwardResult;
}
