import { type Decision, type MintDetector, type PredictedImage, predictImage } from '@mint/detector';
import { decodeInBrowser } from '@mint/image';
import * as tf from '@tensorflow/tfjs-core';

/** An image and what the detector says about it. */
export interface Scored extends PredictedImage {
  readonly decision: Decision;
  /** From the file to the decision. */
  readonly milliseconds: number;
}

/** What is scored, and who hears about it. */
export interface ScoreOptions {
  /** How messages refer to the image. */
  readonly name: string;
  /** The class of the image, where it is known. */
  readonly given: string | undefined;
  /** Called while a large image is scored in tiles, with the share of the work that is done. */
  readonly onProgress: (share: number) => void;
}

/**
 * Scores one image, whole or in tiles as the model says.
 *
 * @param source - A file, or the video of a camera.
 */
export async function scoreImage(
  detector: MintDetector,
  source: ImageBitmapSource,
  { name, given, onProgress }: ScoreOptions,
): Promise<Scored> {
  const start = performance.now();
  const decoded = await decodeInBrowser(source, name);
  const { image, prediction } = await predictImage(detector, decoded, given, {
    // A graphics card computes beside the page; the processor stops it for as long as a group of tiles takes.
    tilesAtOnce: tf.getBackend() === 'webgpu' ? 8 : 1,
    onProgress: async (share) => {
      onProgress(share);
      await pageTurn();
    },
  });
  const decision = detector.decide(prediction, given);
  return { image, prediction, decision, milliseconds: performance.now() - start };
}

/** Lets the page draw and answer; goes on in a hidden tab, too, where no frames are drawn. */
const pageTurn = () => new Promise((resolve) => setTimeout(resolve));
