import type { Params } from '@mint/internal/tfjs';
import type * as tf from '@tensorflow/tfjs-core';
import { efficientNetFeatures } from './efficientnet.js';
import { type EfficientNetConfig, efficientNetInfo } from './efficientnet-blocks.js';
import { type ScatteringConfig, scatteringFeatures, scatteringInfo } from './scattering.js';

/** Any frozen feature extractor of this package. */
export type BackboneConfig =
  | ({ readonly kind: 'efficientnet' } & EfficientNetConfig)
  | ({ readonly kind: 'scattering' } & ScatteringConfig);

export interface BackboneInfo {
  readonly channels: number[];
  readonly strides: number[];
  /** Sum of `channels`: the width of the aligned features. */
  readonly totalChannels: number;
}

export function backboneInfo(config: BackboneConfig): BackboneInfo {
  const info = config.kind === 'efficientnet' ? efficientNetInfo(config) : scatteringInfo(config);
  return { ...info, totalChannels: info.channels.reduce((sum, count) => sum + count, 0) };
}

/**
 * Feature maps of normalised pictures `[B, H, W, 3]`, one for each entry of {@link backboneInfo}.
 *
 * @param params - Folded EfficientNet weights; empty for scattering.
 */
export function backboneFeatures(params: Params, config: BackboneConfig, images: tf.Tensor4D): tf.Tensor4D[] {
  return config.kind === 'efficientnet'
    ? efficientNetFeatures(params, config, images)
    : scatteringFeatures(config, images);
}
