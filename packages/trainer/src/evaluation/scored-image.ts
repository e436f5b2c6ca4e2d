import type { Mask, RgbImage, Sample } from '@mint/data';
import type { Prediction } from '@mint/detector';
import type { FeatureBatch } from '../features/feature-batches.js';

/** A scored test image. */
export interface ScoredImage {
  /** What was scored. */
  readonly sample: Sample;
  /** The detector's prediction. */
  readonly prediction: Prediction;
  /** The image that the map lies on, of its size: at input size, or as taken where it was cut into tiles. */
  readonly image: RgbImage;
  /** Of the same size; absent where there is none. */
  readonly mask?: Mask | undefined;
  /** SHA-256 of the image. */
  readonly contentHash: string;
}

/** The images of a batch with their predictions. */
export function scoredImages(batch: FeatureBatch, predictions: readonly Prediction[]): ScoredImage[] {
  const [, height, width] = batch.shape;
  const bytes = width * height * 3;
  return predictions.map((prediction, i) => ({
    sample: batch.samples[i] as Sample,
    prediction,
    image: { width, height, data: batch.images.subarray(i * bytes, (i + 1) * bytes) },
    mask: batch.masks[i],
    contentHash: batch.hashes[i] ?? '',
  }));
}
