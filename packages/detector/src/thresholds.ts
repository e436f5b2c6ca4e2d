import { conformalThreshold } from './conformal.js';

/** Alarm limits of one class. Both are conformal thresholds: see `conformalThreshold`. */
export interface Threshold {
  /** A picture whose score is above it is an alarm. */
  readonly image: number;
  /** Map values above it are marked: the limit that whole normal pictures stay under at the same rate. */
  readonly pixel: number;
}

/**
 * Alarm limits by class at a false-alarm rate, from pictures that took no part in training.
 *
 * @param normalScores - Image scores of normal pictures by class.
 * @param normalMaxima - Largest map value of the same pictures.
 * @param alpha - False-alarm rate in (0, 1): the share of good pictures of a class that may raise an alarm.
 * @returns No entry for a class with too few pictures for this rate (fewer than `1/alpha − 1`): never extrapolated.
 * @throws MintError `INVALID_ARGUMENT` for an α outside (0, 1) or NaN scores.
 */
export function thresholdsAt(
  normalScores: Readonly<Record<string, readonly number[]>>,
  normalMaxima: Readonly<Record<string, readonly number[]>>,
  alpha: number,
): Record<string, Threshold> {
  return Object.fromEntries(
    Object.entries(normalScores).flatMap(([className, scores]) => {
      const image = conformalThreshold(scores, alpha);
      const pixel = conformalThreshold(normalMaxima[className] ?? [], alpha);
      return image === undefined || pixel === undefined ? [] : [[className, { image, pixel }] as const];
    }),
  );
}
