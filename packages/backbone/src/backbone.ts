import type { Params } from '@mint/internal/tfjs';
import type * as tf from '@tensorflow/tfjs-core';
import { efficientNetFeatures } from './efficientnet.js';
import { type EfficientNetConfig, efficientNetInfo } from './efficientnet-blocks.js';
import type { MapInfo } from './map-info.js';
import { type ScatteringConfig, scatteringFeatures, scatteringInfo } from './scattering.js';

/** Any frozen feature extractor of this package. Plain JSON. */
export type BackboneConfig =
  | ({
      /** {@link efficientNetFeatures}, which needs weights. */
      readonly kind: 'efficientnet';
    } & EfficientNetConfig)
  | ({
      /** {@link scatteringFeatures}, which needs none. */
      readonly kind: 'scattering';
    } & ScatteringConfig);

/** The feature maps of a backbone, and what they are together. */
export interface BackboneInfo extends MapInfo {
  /** Sum of `channels`: the width of the aligned features. */
  readonly totalChannels: number;
}

/**
 * Channels and strides of a backbone's maps, before any weight is loaded.
 *
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range.
 *
 * @example
 * ```ts
 * import { backboneInfo } from '@mint/backbone';
 *
 * const { channels, strides, totalChannels } = backboneInfo({
 *   kind: 'efficientnet',
 *   variant: 'b4',
 *   blocks: [1, 5, 9, 21],
 *   padding: 'static',
 * });
 * console.log(channels, strides, totalChannels); // [ 24, 32, 56, 160 ] [ 2, 4, 8, 16 ] 272
 * ```
 */
export function backboneInfo(config: BackboneConfig): BackboneInfo {
  const info = config.kind === 'efficientnet' ? efficientNetInfo(config) : scatteringInfo(config);
  return { ...info, totalChannels: info.channels.reduce((sum, count) => sum + count, 0) };
}

/**
 * Feature maps of normalised images `[B, H, W, 3]`, one for each entry of {@link backboneInfo}.
 *
 * @param params - Folded EfficientNet weights; empty for scattering.
 * @param images - float32; see {@link normaliseImages}. H and W divisible by 16 for scattering.
 * @throws MintError `INVALID_ARGUMENT` for a setting out of range, `MISSING_WEIGHT` when a weight is not there.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { backboneFeatures, normaliseImages } from '@mint/backbone';
 *
 * const images = normaliseImages(tf.fill([2, 64, 64, 3], 127) as tf.Tensor4D);
 * const maps = backboneFeatures({}, { kind: 'scattering' }, images);
 * console.log(maps.map(({ shape }) => shape.join('x'))); // [ '2x4x4x3', '2x4x4x48', '2x4x4x96' ]
 * ```
 */
export function backboneFeatures(params: Params, config: BackboneConfig, images: tf.Tensor4D): tf.Tensor4D[] {
  return config.kind === 'efficientnet'
    ? efficientNetFeatures(params, config, images)
    : scatteringFeatures(config, images);
}
