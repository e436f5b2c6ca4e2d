import {
  type Calibration,
  type CalibrationChange,
  type ImageSets,
  type NormalScores,
  shortHash,
  smallestAlpha,
  thresholdsAt,
} from '@mint/detector';
import { MintError, own } from '@mint/internal';
import { assertUnseen } from './assert-unseen.js';
import { calibrationOf, type ScoredNormals } from './calibrate.js';
import { mergeScores } from './merge.js';

/** Changes for {@link recalibrate}. */
export interface RecalibrateOptions {
  /** New false-alarm rate. Default: that of the calibration. */
  readonly alpha?: number | undefined;
  /** Scores of more good images, as from `scoreNormals`. Default: none. */
  readonly added?: ScoredNormals | undefined;
  /** New review rate; 0 for none. Default: that of the calibration. */
  readonly reviewAlpha?: number | undefined;
  /**
   * The held-out images scored again, as from `scoreNormals`, for new size rules or a new region of interest: their scores replace
   * those of the calibration. Default: the scores stay.
   */
  readonly rescored?: ScoredNormals | undefined;
  /** New regions of interest by class, with `rescored`. Default: those of the calibration. */
  readonly regionsOfInterest?: Calibration['regionsOfInterest'];
  /** Their outside features, as from `outsideFeatures`, with `regionsOfInterest`. Default: none. */
  readonly outsideFeatures?: Calibration['outsideFeatures'];
  /** What stands in for the pixels outside of them, as from `outsidePixels`, with `regionsOfInterest`. Default: pixels are seen. */
  readonly outsidePixels?: Calibration['outsidePixels'];
  /** New size rules by class, with `rescored`. Default: those of the calibration. */
  readonly sizeRules?: Calibration['sizeRules'];
  /** Date of the change. Default: now. */
  readonly date?: Date | undefined;
}

/** The result of {@link recalibrate}. */
export interface Recalibration {
  /** With new thresholds, and the change in its history. */
  readonly calibration: Calibration;
  /** Which images the model knows, the added ones among them. */
  readonly images: ImageSets;
  /** The change, as it stands in the history. */
  readonly change: CalibrationChange;
}

/**
 * New thresholds from the scores that a calibration keeps, at another false-alarm rate, with more good images, or both.
 *
 * @param calibration - Of the model; its heat scales stay unless the held-out images are scored again.
 * @param images - Images that the model knows: none of them can be added.
 * @throws MintError `INVALID_ARGUMENT` for an image that cannot be added, for a rate outside (0, 1), and for one that too few
 * images can keep: a class would lose its thresholds, or no class would have any.
 *
 * @example
 * ```ts
 * import { thresholdsAt } from '@mint/detector';
 * import { recalibrate } from '@mint/trainer';
 *
 * const good = { gear: Array.from({ length: 19 }, (_, i) => i + 1) }; // scores of held-out good images
 * const scores = { normalScores: good, normalMaxima: good };
 * const scales = { heatScale: [1, 19], heatScales: { gear: [1, 19] } } as const;
 * const calibration = { alpha: 0.1, thresholds: thresholdsAt(scores, 0.1), ...scales, ...scores };
 * const images = { fit: [], heldOut: [], test: [] };
 * const changed = recalibrate(calibration, images, { alpha: 0.2 });
 * console.log(calibration.thresholds.gear?.image, changed.calibration.thresholds.gear?.image); // 18 16
 * ```
 */
export function recalibrate(
  calibration: Calibration,
  images: ImageSets,
  {
    alpha = calibration.alpha,
    reviewAlpha: wanted = calibration.reviewAlpha,
    sizeRules,
    regionsOfInterest,
    outsideFeatures,
    outsidePixels,
    added,
    rescored,
    date = new Date(),
  }: RecalibrateOptions,
): Recalibration {
  const reviewAlpha = wanted === 0 ? undefined : wanted;
  if ((sizeRules ?? regionsOfInterest) !== undefined && rescored === undefined) {
    const message =
      'recalibrate: new size rules or regions of interest need the held-out images scored again (`rescored`).';
    throw new MintError('INVALID_ARGUMENT', message);
  }
  if (added !== undefined) assertUnseen(added.images, images);
  const addedHashes = added?.images.map(({ contentHash }) => shortHash(contentHash)) ?? [];
  const old: Calibration =
    rescored === undefined
      ? calibration
      : {
          ...calibration,
          ...calibrationOf(rescored, alpha, {
            sizeRules: sizeRules ?? calibration.sizeRules,
            regionsOfInterest: regionsOfInterest ?? calibration.regionsOfInterest,
            ...(regionsOfInterest === undefined
              ? { outsideFeatures: calibration.outsideFeatures, outsidePixels: calibration.outsidePixels }
              : { outsideFeatures, outsidePixels }),
            leftOut: calibration.leftOut,
          }),
        };
  const scores = added === undefined ? old : mergeScores(old, added.scores);
  const thresholds = thresholdsAt(scores, alpha, reviewAlpha);
  assertNoLoss(calibration.thresholds, thresholds, scores, alpha);
  const change: CalibrationChange = {
    date: date.toISOString(),
    alphaBefore: calibration.alpha,
    alpha,
    pictures: Object.values(scores.normalScores).flat().length,
    added: addedHashes,
    reviewAlpha,
    sizeRules,
  };
  const history = [...(calibration.history ?? []), change];
  return {
    calibration: { ...old, ...scores, alpha, reviewAlpha, thresholds, history },
    images: { ...images, heldOut: [...images.heldOut, ...addedHashes] },
    change,
  };
}

/** Refuses a rate that too few images can keep. */
function assertNoLoss(
  before: Calibration['thresholds'],
  after: Calibration['thresholds'],
  { normalScores }: NormalScores,
  alpha: number,
): void {
  const classes = Object.keys(normalScores);
  const lost = classes.filter((name) => !Object.hasOwn(after, name) && Object.hasOwn(before, name));
  const short = Object.keys(after).length === 0 ? classes : lost;
  if (short.length === 0) return;
  const best = short.map((name) => {
    const count = own(normalScores, name)?.length ?? 0;
    // Rounded up, so that the rate shown can be kept.
    const rate = Math.ceil(smallestAlpha(count) * 1000) / 1000;
    return `${name} ${rate} with ${count} good images`;
  });
  throw new MintError(
    'INVALID_ARGUMENT',
    `recalibrate: \`alpha\` ${alpha}: too few held-out good images for this false-alarm rate; the smallest possible: ${best.join(', ')}. ` +
      'Nothing was changed: choose a higher `alpha`, or add good images (`added`).',
  );
}
