import {
  type Decision,
  type MintDetector,
  type PredictedImage,
  predictPrepared,
  preprocessingOf,
} from '@mint/detector';
import { decodeInBrowser, prepareImage } from '@mint/image';
import type { ScoreRequest } from './protocol.js';

/** An image and what the detector says about it. */
export interface Scored extends PredictedImage {
  readonly decision: Decision;
  /** From the file to the decision. */
  readonly milliseconds: number;
}

/**
 * Scores one image, whole or in tiles as the model says.
 *
 * @param onProgress - Called while a large image is scored in tiles, with the share of the work that is done.
 */
export async function scoreImage(
  detector: MintDetector,
  { source, name, given, interest }: ScoreRequest,
  onProgress: (share: number) => void,
): Promise<Scored> {
  const start = performance.now();
  const image = await decodeInBrowser(source, name);
  const prepared = prepareImage({ image }, preprocessingOf(detector.config));
  const prediction = await predictPrepared(detector, { ...prepared, interest }, given, { onProgress });
  const decision = detector.decide(prediction, given);
  return { image: prepared.image, prediction, decision, milliseconds: performance.now() - start };
}
