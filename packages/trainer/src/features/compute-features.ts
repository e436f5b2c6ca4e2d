import type { Preprocessing } from '@mint/data';
import type { DetectorConfig, MintDetector } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';

/**
 * How a detector's images are prepared: its input configuration without `mean` and `std`.
 *
 * See the example of {@link featureBatches}.
 */
export function preprocessingOf({ input }: DetectorConfig): Preprocessing {
  const { mean: _mean, std: _std, ...preprocessing } = input;
  return preprocessing;
}

/**
 * Features of images at input size, computed.
 *
 * @returns `values`: one image after the other; `shape`: `[rows, cols, C]` of each.
 */
export async function computeFeatures(
  detector: MintDetector,
  images: readonly Uint8Array[],
): Promise<{ readonly values: Float32Array; readonly shape: readonly number[] }> {
  const { width, height } = detector.config.input;
  const pixels = new Uint8Array(images.length * width * height * 3);
  images.forEach((image, i) => {
    pixels.set(image, i * width * height * 3);
  });
  const batch = tf.tensor4d(pixels, [images.length, height, width, 3], 'int32');
  const computed = detector.features(batch);
  const [, ...shape] = computed.shape;
  try {
    return { values: await computed.data<'float32'>(), shape };
  } finally {
    tf.dispose([batch, computed]);
  }
}
