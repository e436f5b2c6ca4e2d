import * as tf from '@tensorflow/tfjs-core';
import type { MintDetector } from '../detector.js';

/** The result of {@link computeFeatures}. */
export interface ComputedFeatures {
  /** `[B, rows, cols, C]` flat, unscaled. */
  readonly values: Float32Array;
  /** `[rows, cols, C]` of each image. */
  readonly shape: readonly number[];
}

/**
 * Backbone features of prepared images.
 *
 * @param images - Pixels of each, `[height, width, 3]` RGB at the configured input size.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { computeFeatures, MintDetector, PAPER_CONFIG } from '@mint/detector';
 *
 * const input = { ...PAPER_CONFIG.input, width: 64, height: 64 };
 * const detector = MintDetector.create({
 *   ...PAPER_CONFIG,
 *   classes: ['nut'],
 *   input,
 *   backbone: { kind: 'scattering' },
 *   grid: [4, 4],
 * });
 * const { shape } = await computeFeatures(detector, [new Uint8Array(64 * 64 * 3)]);
 * console.log(shape); // [ 4, 4, 147 ]
 * ```
 */
export async function computeFeatures(
  detector: MintDetector,
  images: readonly Uint8Array[],
): Promise<ComputedFeatures> {
  const { width, height } = detector.config.input;
  const size = width * height * 3;
  const pixels = new Uint8Array(images.length * size);
  images.forEach((image, i) => {
    pixels.set(image, i * size);
  });
  const batch = tf.tensor4d(pixels, [images.length, height, width, 3], 'int32');
  const features = detector.features(batch);
  const [, ...shape] = features.shape;
  try {
    return { values: await features.data<'float32'>(), shape };
  } finally {
    tf.dispose([batch, features]);
  }
}
