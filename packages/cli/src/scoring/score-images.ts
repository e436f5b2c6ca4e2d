import type { PreparedImage, RgbImage, Size } from '@mint/data';
import {
  framed,
  type Interests,
  type MintDetector,
  type PredictedImage,
  type Prediction,
  predictPrepared,
  type RegionOfInterest,
} from '@mint/detector';
import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { imageError } from './read-images.js';

/**
 * Scores images that were read. `batchSize` images go through the network at once; fewer go one by one, since a graph is
 * compiled for each size of a batch, which takes longer than it saves. An image in tiles goes by itself.
 *
 * @param images - As from `readImages`.
 * @param given - The class of each image, where it is known; see `MintDetector.predict`.
 * @param interests - The own region of interest of each image, where it has one.
 * @returns One entry per image, in order; errors are passed on.
 */
export async function scoreImages(
  detector: MintDetector,
  images: readonly (PreparedImage | MintError)[],
  batchSize: number,
  given: readonly (string | undefined)[] = [],
  interests: Interests = [],
): Promise<(PredictedImage | MintError)[]> {
  const whole = images.flatMap((image, i) =>
    MintError.isInstance(image) || image.grid !== undefined
      ? []
      : [{ ...image, given: given[i], interest: interests[i] }],
  );
  const predictions: Prediction[] = [];
  while (predictions.length < whole.length) {
    const count = whole.length - predictions.length >= batchSize ? batchSize : 1;
    const batch = whole.slice(predictions.length, predictions.length + count);
    predictions.push(...(await predictTogether(detector, batch)));
  }
  const results: (PredictedImage | MintError)[] = [];
  for (const [i, prepared] of images.entries()) {
    if (MintError.isInstance(prepared)) {
      results.push(prepared);
      continue;
    }
    const prediction =
      prepared.grid === undefined
        ? (predictions.shift() as Prediction)
        : await predictPrepared(detector, { ...prepared, interest: interests[i] }, given[i]).catch(
            imageError,
          );
    const { image } = prepared;
    results.push(MintError.isInstance(prediction) ? prediction : { prediction, image });
  }
  return results;
}

/** Compiles what {@link scoreImages} runs, so that the first image does not wait for it. */
export async function warmUp(detector: MintDetector, batchSize: number): Promise<void> {
  const { width, height } = detector.config.input;
  const image = { width, height, data: new Uint8Array(height * width * 3) };
  for (const count of new Set([1, batchSize])) await predictTogether(detector, Array(count).fill({ image }));
}

async function predictTogether(
  detector: MintDetector,
  images: readonly {
    readonly image: RgbImage;
    readonly size?: Size | undefined;
    readonly given?: string | undefined;
    readonly interest?: RegionOfInterest | undefined;
  }[],
): Promise<Prediction[]> {
  const { width, height } = detector.config.input;
  const pixels = new Uint8Array(images.length * height * width * 3);
  images.forEach(({ image }, i) => {
    pixels.set(image.data, i * height * width * 3);
  });
  const batch = tf.tensor4d(pixels, [images.length, height, width, 3], 'int32');
  try {
    const predictions = await detector.predict(
      batch,
      images.map(({ given }) => given),
      images.map(({ interest }) => interest),
    );
    return framed(
      detector.config,
      predictions,
      images.map(({ size }) => size),
    );
  } finally {
    batch.dispose();
  }
}
