import { MintError, own } from '@mint/internal';
import { conformalThreshold } from './conformal.js';

/** Thresholds of one class, all conformal (see `conformalThreshold`). Those of a model may be edited by hand. */
export interface Threshold {
  /** An image whose score is above it is an alarm. */
  readonly image: number;
  /** Map values above it are marked. Whole good images stay below it at the same rate. */
  readonly pixel: number;
  /** An image whose out-of-distribution score is above it is of an unknown class. Absent in a model without class statistics. */
  readonly ood?: number | undefined;
  /** The same at the review rate: an image above `image` here but not above the alarm threshold is for people to look at. */
  readonly review?: Pick<Threshold, 'image' | 'pixel'> | undefined;
}

/** What held-out good images scored, by class; the same images in the same order in each list. */
export interface NormalScores {
  /** Image scores. */
  readonly normalScores: Readonly<Record<string, readonly number[]>>;
  /** Largest map values. */
  readonly normalMaxima: Readonly<Record<string, readonly number[]>>;
  /** Out-of-distribution scores for their own class. Absent in a model without class statistics. */
  readonly normalOodScores?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Brightness of the network's input, 0 to 255; for the drift monitor. */
  readonly normalBrightness?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Peaks of regions that are large enough, for classes with a size rule; see `sizedPeak`. Their thresholds follow from these. */
  readonly normalSizedPeaks?: Readonly<Record<string, readonly number[]>> | undefined;
}

/**
 * Thresholds by class at a false-alarm rate, from images that took no part in training.
 *
 * See the example of {@link decide}.
 *
 * @param alpha - False-alarm rate in (0, 1): the share of good images of a class that may be above each threshold.
 * @param reviewAlpha - Share of good images of a class that may be stopped or reviewed for their score, above `alpha`. Default:
 * no image is reviewed.
 * @returns No entry for a class with too few images for this rate (fewer than `1/alpha − 1`): never extrapolated.
 * @throws MintError `INVALID_ARGUMENT` for an α outside (0, 1), a review rate that is not above it, or NaN scores.
 */
export function thresholdsAt(
  scores: NormalScores,
  alpha: number,
  reviewAlpha?: number | undefined,
): Record<string, Threshold> {
  if (reviewAlpha !== undefined && !(reviewAlpha > alpha)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `thresholdsAt: the review rate must be above the false-alarm rate of ${alpha}, got ${reviewAlpha}.`,
    );
  }
  return Object.fromEntries(
    Object.keys(scores.normalScores).flatMap((className) => {
      const alarm = pairAt(scores, className, alpha);
      if (alarm === undefined) return [];
      const ood = conformalThreshold(own(scores.normalOodScores, className) ?? [], alpha);
      const review = reviewAlpha === undefined ? undefined : pairAt(scores, className, reviewAlpha);
      return [
        [className, { ...alarm, ...(ood !== undefined && { ood }), ...(review && { review }) }] as const,
      ];
    }),
  );
}

/** Thresholds of image scores and of map values; one and the same under a size rule. */
function pairAt(
  { normalScores, normalMaxima, normalSizedPeaks }: NormalScores,
  className: string,
  alpha: number,
): Pick<Threshold, 'image' | 'pixel'> | undefined {
  const peaks = own(normalSizedPeaks, className);
  const image = conformalThreshold(peaks ?? own(normalScores, className) ?? [], alpha);
  const pixel = conformalThreshold(peaks ?? own(normalMaxima, className) ?? [], alpha);
  return image === undefined || pixel === undefined ? undefined : { image, pixel };
}
