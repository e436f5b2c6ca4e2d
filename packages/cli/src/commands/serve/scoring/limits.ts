import { type Calibration, decide, type MintDetector, thresholdsAt, updateDescription } from '@mint/detector';
import { MintError, own } from '@mint/internal';
import type { ClassLimits } from '@mint/station-page';
import type { Deciding } from '../../../scoring/decisions.js';
import type { NewLimit } from './engine.js';

/** The limits of each class. */
export function limitsOf(calibration: Calibration | undefined, classes: readonly string[]): ClassLimits[] {
  const calibrated = calibration && thresholdsAt(calibration, calibration.alpha, calibration.reviewAlpha);
  return classes.map((name) => {
    const threshold = own(calibration?.thresholds, name);
    return {
      class: name,
      limit: threshold?.image,
      review: threshold?.review?.image,
      calibrated: own(calibrated, name)?.image,
      heldOut: own(calibration?.normalScores, name)?.length ?? 0,
      sized: own(calibration?.sizeRules, name) !== undefined,
    };
  });
}

/**
 * The calibration with a limit that a person sets. What is marked in an image moves in proportion, so that an alarm has a place and
 * other images have none; the review limit goes when it would lie above.
 *
 * @throws MintError `INVALID_ARGUMENT` when the class has no limits, or the limit is not a number that a score can have.
 */
export function withLimit(
  calibration: Calibration | undefined,
  { class: name, limit }: NewLimit,
): Calibration {
  const thresholds = calibration?.thresholds;
  const current = own(thresholds, name);
  if (calibration === undefined || current === undefined) {
    const message = `the class '${name}' has no limits, since it has too few held-out good images: add some with \`mint calibrate --add\`.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  if (limit !== undefined && !(Number.isFinite(limit) && limit >= 0))
    throw new MintError('INVALID_ARGUMENT', `limit: expected a number of at least 0, or null, got ${limit}.`);
  const calibrated =
    own(thresholdsAt(calibration, calibration.alpha, calibration.reviewAlpha), name) ?? current;
  const image = limit ?? calibrated.image;
  const review = calibrated.review && calibrated.review.image < image ? calibrated.review : undefined;
  const pixel = calibrated.image > 0 ? calibrated.pixel * (image / calibrated.image) : calibrated.pixel;
  return { ...calibration, thresholds: { ...thresholds, [name]: { ...current, image, pixel, review } } };
}

/** Writes a limit to the model folder. Gives the calibration that the folder holds then. */
export async function writeLimit(folder: string, limit: NewLimit): Promise<Calibration> {
  let written: Calibration | undefined;
  await updateDescription(folder, (now) => {
    written = withLimit(now.calibration, limit);
    return { ...now, calibration: written };
  });
  if (written === undefined) throw new MintError('NOT_FOUND', `${folder}: was not written.`);
  return written;
}

/** The detector with another calibration: the same maps and scores, other decisions. */
export function decidingBy(
  { config }: Pick<MintDetector, 'config'>,
  calibration: Calibration | undefined,
): Deciding {
  return {
    config,
    calibration,
    decide: (prediction, given) =>
      calibration === undefined
        ? { decision: 'none' }
        : decide(prediction, calibration, config.classes, given),
  };
}
