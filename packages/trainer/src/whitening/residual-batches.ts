import type { MintDetector } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureTensor } from '../features/feature-tensor.js';

const BATCH = 8;

/** Where residuals come from. */
export interface ResidualOptions {
  /** The model whose residual on an image counts. Default: the given one for all. */
  readonly detectorOf?: ((image: CachedSample) => MintDetector) | undefined;
  /** The added class of all images. Default: none, the images are of trained classes. */
  readonly added?: string | undefined;
}

/**
 * Residuals on cached images, without jitter and dropout.
 *
 * @param reduce - What is wanted of the residuals of some images, `[B·N, C]`.
 * @returns Its values for one part of the images after the other.
 */
export async function* residualBatches(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  { detectorOf = () => detector, added }: ResidualOptions,
  reduce: (residuals: tf.Tensor2D) => tf.Tensor,
): AsyncGenerator<Float32Array> {
  for (const [model, images] of byModel(samples, detectorOf)) {
    for (let at = 0; at < images.length; at += BATCH) {
      const values = await readFeatures(cache, images.slice(at, at + BATCH));
      const reduced = tf.tidy(() => {
        const grid = featureTensor(values, detector.config.grid, detector.channels);
        return reduce(tf.reshape(model.residuals(grid, added).residual, [-1, detector.channels]));
      });
      const data = await reduced.data<'float32'>();
      reduced.dispose();
      yield data;
    }
  }
}

/** The images of each model. */
export function byModel(
  samples: readonly CachedSample[],
  detectorOf: (image: CachedSample) => MintDetector,
): Map<MintDetector, CachedSample[]> {
  const groups = new Map<MintDetector, CachedSample[]>();
  for (const image of samples) {
    const model = detectorOf(image);
    const group = groups.get(model) ?? [];
    groups.set(model, group);
    group.push(image);
  }
  return groups;
}
