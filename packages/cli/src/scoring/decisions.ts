import { brightnessOf, type Decision, type MintDetector, type PredictedImage } from '@mint/detector';
import { MintError } from '@mint/internal';
import { type DriftWatch, driftWatch } from './drift-watch.js';
import { type MarkedRegions, markedRegions } from './region-rows.js';

/** The decision about one image; the keys are those of JSON answers and of CSV columns. */
export interface ImageDecision extends MarkedRegions {
  /** In units of the anomaly map; larger is more anomalous. */
  readonly score: number;
  /** The class whose limits were applied: the given class, or the recognised class. */
  readonly class?: string | undefined;
  /** Probability of that class. */
  readonly probability?: number | undefined;
  /** p-value of the out-of-distribution score among held-out good images of the class: low when the image shows another class. */
  readonly classP?: number | undefined;
  /** p-value of the score among the same images. */
  readonly p?: number | undefined;
  /** What was compared with the limit under the size rule of the class: the peak of regions that are large enough. */
  readonly sizedPeak?: number | undefined;
  /** `none`: the class has no limits. */
  readonly decision: Decision['decision'];
}

/** @throws MintError `INVALID_ARGUMENT` when the model has no such class. */
export function assertClass(classes: readonly string[], name: string | undefined): void {
  if (name === undefined || classes.includes(name)) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `the model does not know the class '${name}'; it knows ${classes.join(', ')}.`,
  );
}

/** What decides: a detector, or one whose limits were set anew. */
export type Deciding = Pick<MintDetector, 'config' | 'calibration' | 'decide'>;

/**
 * Decides about scored images by the limits of the model, and says once per class when its images have changed.
 *
 * @param mmPerPixel - Side of a pixel of the images in millimetres, where it is known.
 * @param drift - Gets each image. Default: a watch of its own.
 * @returns A function of an image and, where it is known, its class.
 */
export function createDecider(
  detector: Deciding,
  say: (text: string) => void,
  mmPerPixel?: number | undefined,
  drift: DriftWatch = driftWatch(detector.calibration, say),
): (image: PredictedImage, given?: string) => ImageDecision {
  return ({ prediction, image }, given) => {
    const { score, oodScores, classPosterior } = prediction;
    const decided = detector.decide(prediction, given);
    const { className, p, classP, sizedPeak, decision } = decided;
    const name = className ?? given ?? prediction.className;
    if (name === undefined) return { score, decision };
    const index = detector.config.classes.indexOf(name);
    drift.add(name, { score, oodScore: oodScores?.[index], brightness: brightnessOf(image.data) });
    return {
      score,
      class: name,
      probability: classPosterior?.[index],
      classP,
      p,
      sizedPeak,
      decision,
      ...markedRegions(detector, prediction, decided, mmPerPixel),
    };
  };
}
