import { conformalThreshold } from './conformal.js';

/** Thresholds of one class, all conformal (see `conformalThreshold`). Those of a model may be edited by hand. */
export interface Threshold {
  /** An image whose score is above it is an alarm. */
  readonly image: number;
  /** Map values above it are marked. Whole good images stay below it at the same rate. */
  readonly pixel: number;
  /** An image whose out-of-distribution score is above it is of an unknown class. Absent in a model without class statistics. */
  readonly ood?: number | undefined;
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
}

/**
 * Thresholds by class at a false-alarm rate, from images that took no part in training.
 *
 * See the example of {@link decide}.
 *
 * @param alpha - False-alarm rate in (0, 1): the share of good images of a class that may be above each threshold.
 * @returns No entry for a class with too few images for this rate (fewer than `1/alpha − 1`): never extrapolated.
 * @throws MintError `INVALID_ARGUMENT` for an α outside (0, 1) or NaN scores.
 */
export function thresholdsAt(
  { normalScores, normalMaxima, normalOodScores }: NormalScores,
  alpha: number,
): Record<string, Threshold> {
  return Object.fromEntries(
    Object.entries(normalScores).flatMap(([className, scores]) => {
      const image = conformalThreshold(scores, alpha);
      const pixel = conformalThreshold(normalMaxima[className] ?? [], alpha);
      const ood = conformalThreshold(normalOodScores?.[className] ?? [], alpha);
      if (image === undefined || pixel === undefined) return [];
      return [[className, ood === undefined ? { image, pixel } : { image, pixel, ood }] as const];
    }),
  );
}
