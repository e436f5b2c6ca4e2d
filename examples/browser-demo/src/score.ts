import { decodeInBrowser, prepareImage, type RgbImage } from '@mint/data/pixels';
import type { Decision, MintDetector, Prediction } from '@mint/detector';
import { MintError } from '@mint/report';
import * as tf from '@tensorflow/tfjs-core';

/** An image and what the detector says about it. */
export interface Scored {
  /** As the network saw it; the anomaly map lies on it. */
  readonly image: RgbImage;
  readonly prediction: Prediction;
  readonly decision: Decision;
  /** From the file to the decision. */
  readonly milliseconds: number;
}

/**
 * Scores one image.
 *
 * @param source - A file, or the video of a camera.
 * @param given - The class of the image, where it is known.
 */
export async function scoreImage(
  detector: MintDetector,
  source: ImageBitmapSource,
  name: string,
  given?: string,
): Promise<Scored> {
  const start = performance.now();
  const decoded = await decodeInBrowser(source, name);
  const { image, grid } = prepareImage({ image: decoded }, detector.config.input);
  if (grid !== undefined) {
    const message = `${name}: this model looks at images of ${decoded.width}x${decoded.height} in tiles, which this page does not; \`mint predict\` does.`;
    throw new MintError('IMAGE_TOO_LARGE', message);
  }
  const input = tf.tensor4d(image.data, [1, image.height, image.width, 3], 'float32');
  const [prediction] = await detector.predict(input, given).finally(() => input.dispose());
  if (prediction === undefined) throw new Error(`${name}: no prediction.`);
  const decision = detector.decide(prediction, given);
  return { image, prediction, decision, milliseconds: performance.now() - start };
}
