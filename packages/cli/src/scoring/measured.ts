import { brightnessOf, type MintDetector, type PredictedImage } from '@mint/detector';

/** What limits are computed from, beside the score. It is recorded, so that new limits need no images. */
export interface Measured {
  /** Largest value of the anomaly map. */
  readonly maximum: number;
  /** Out-of-distribution score for the class of the decision. */
  readonly oodScore?: number | undefined;
  /** Brightness of the network's input, 0 to 255. */
  readonly brightness: number;
}

/** What `scoreNormals` of `@mint/trainer` measures on a good image. */
export function measuredOf(
  { config }: Pick<MintDetector, 'config'>,
  { prediction, image }: PredictedImage,
  className: string | undefined,
): Measured {
  return {
    maximum: prediction.anomalyMap.reduce((a, b) => Math.max(a, b)),
    oodScore: prediction.oodScores?.[config.classes.indexOf(className ?? '')],
    brightness: brightnessOf(image.data),
  };
}
