import { alignFeatures, backboneFeatures, normaliseImages } from '@mint/backbone';
import type { Params } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.js';

/**
 * Frozen features of a batch of images on the token grid, unscaled.
 *
 * @param backbone - Weights by the names of `backboneSpecs`.
 * @param images - `[B, H, W, 3]` RGB, 0 to 255.
 * @returns `[B, rows, cols, C]`.
 *
 * @example
 * ```ts
 * import { extractFeatures, FeatureStatsBuilder, PAPER_CONFIG, toTokens } from '@mint/detector';
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const config = { ...PAPER_CONFIG, classes: ['nut'], backbone: { kind: 'scattering' }, grid: [8, 8] } as const;
 * const images = tf.randomUniform<tf.Rank.R4>([2, 64, 64, 3], 0, 255, 'float32', 0);
 * const features = extractFeatures({}, config, images);
 * console.log(features.shape); // [ 2, 8, 8, 147 ]
 *
 * const stats = new FeatureStatsBuilder(147);
 * stats.add(await features.data<'float32'>());
 * const { mean, std } = stats.result();
 * console.log(toTokens(features, 'standardise', tf.tensor1d(mean), tf.tensor1d(std)).shape); // [ 2, 64, 147 ]
 * ```
 */
export function extractFeatures(backbone: Params, config: DetectorConfig, images: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const { mean, std } = config.input;
    const maps = backboneFeatures(backbone, config.backbone, normaliseImages(images, mean, std));
    return alignFeatures(maps, [...config.grid]);
  });
}

/** Mean and standard deviation of each channel over the training features. */
export interface FeatureStats {
  /** `[C]`. */
  readonly mean: Float32Array;
  /** `[C]`, more than 0. */
  readonly std: Float32Array;
}

/**
 * Computes the mean and population standard deviation of each channel from a stream of features, accumulated in float64.
 * A channel that never changes gets deviation 1, so that it stays 0 after scaling.
 *
 * See the example of {@link extractFeatures}.
 */
export class FeatureStatsBuilder {
  readonly #sum: Float64Array;
  readonly #sumSquares: Float64Array;
  #count = 0;

  /** @param channels - Number of channels, C. */
  constructor(channels: number) {
    this.#sum = new Float64Array(channels);
    this.#sumSquares = new Float64Array(channels);
  }

  /**
   * Adds tokens.
   *
   * @param features - Any number of them, channels last.
   */
  add(features: Float32Array): void {
    const channels = this.#sum.length;
    for (let at = 0; at < features.length; at += channels) {
      for (let c = 0; c < channels; c++) {
        const value = features[at + c] as number;
        this.#sum[c] = (this.#sum[c] as number) + value;
        this.#sumSquares[c] = (this.#sumSquares[c] as number) + value * value;
      }
    }
    this.#count += features.length / channels;
  }

  /** The statistics of all tokens so far. */
  result(): FeatureStats {
    const n = Math.max(1, this.#count);
    const mean = Float32Array.from(this.#sum, (sum) => sum / n);
    const std = Float32Array.from(this.#sumSquares, (square, c) => {
      const average = (this.#sum[c] as number) / n;
      const deviation = Math.sqrt(Math.max(0, square / n - average * average));
      return deviation > 1e-6 ? deviation : 1;
    });
    return { mean, std };
  }
}

/**
 * Raw grid features `[B, rows, cols, C]` to the tokens `[B, N, C]` the network works on.
 *
 * See the example of {@link extractFeatures}.
 */
export function toTokens(
  features: tf.Tensor4D,
  scaling: DetectorConfig['featureScaling'],
  mean: tf.Tensor1D,
  std: tf.Tensor1D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const [batch, rows, cols, channels] = features.shape;
    const tokens = tf.reshape(features, [batch, rows * cols, channels]);
    return (scaling === 'none' ? tokens : tf.div(tf.sub(tokens, mean), std)) as tf.Tensor3D;
  });
}
