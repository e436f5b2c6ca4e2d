import type { RegionOfInterest } from '../interest/interest.js';
import type { SizeRule } from './size-rule.js';
import type { NormalScores, Threshold } from './thresholds.js';

/** What held-out good images of the training set say; no test image is involved. */
export interface Calibration extends NormalScores {
  /** False-alarm rate that the thresholds promise. */
  readonly alpha: number;
  /**
   * Review rate, above `alpha`: the share of good images that may be reviewed or raise an alarm. Without it no image is reviewed.
   */
  readonly reviewAlpha?: number | undefined;
  /** The smallest defect that counts, by class. */
  readonly sizeRules?: Readonly<Record<string, SizeRule>> | undefined;
  /** Where images are looked at, by class; everything else has no part in maps, scores and thresholds. */
  readonly regionsOfInterest?: Readonly<Record<string, RegionOfInterest>> | undefined;
  /**
   * `[C]` for each class with a region of interest: mean unscaled feature of good images outside of it. It stands in for the tokens
   * there, so that they have no influence on network, recognition and statistics; tokens at the edge still see both sides of it. Absent for detectors with tiles and for
   * models whose regions were set before it was measured: there the map alone is restricted. New models have
   * {@link Calibration.outsidePixels} instead.
   */
  readonly outsideFeatures?: Readonly<Record<string, readonly number[]>> | undefined;
  /**
   * Says that pixels outside of regions of interest are replaced before the backbone sees them, and by what: for each class with
   * something outside, a small square image of the mean colours there, `[S·S·3]` RGB from 0 to 255, which is stretched over the image.
   * Nothing of what lies outside then has an influence. Absent for models whose backbone sees all pixels.
   */
  readonly outsidePixels?: Readonly<Record<string, readonly number[]>> | undefined;
  /**
   * Held-out images that look unlike their class and that the thresholds do without, by class: the promise holds for images like
   * the rest. See {@link rateWithLeftOut}. Default: none was left out.
   */
  readonly leftOut?: Readonly<Record<string, number>> | undefined;
  /** Thresholds by class; none for a class with too few held-out images for `alpha`. */
  readonly thresholds: Readonly<Record<string, Threshold>>;
  /** Ends of the heat maps' colour scale in map units, by class: the same for every image of the class. */
  readonly heatScales: Readonly<Record<string, readonly [number, number]>>;
  /** The same over all classes, for images whose class is not known. */
  readonly heatScale: readonly [number, number];
  /** Changes since training, the oldest first. */
  readonly history?: readonly CalibrationChange[] | undefined;
}

/** One change of the thresholds. */
export interface CalibrationChange {
  /** ISO 8601. */
  readonly date: string;
  /** False-alarm rate before. */
  readonly alphaBefore: number;
  /** False-alarm rate from then on. */
  readonly alpha: number;
  /** Good images that fix the thresholds from then on, over all classes. */
  readonly pictures: number;
  /** Those that this change brought, as in `ImageSets`. */
  readonly added: readonly string[];
  /** Review rate from then on; absent without one. */
  readonly reviewAlpha?: number | undefined;
  /** Size rules from then on, where the change set new ones. */
  readonly sizeRules?: Calibration['sizeRules'];
}

/** A {@link Calibration} under the keys of `model.json`. */
export interface CalibrationJson extends Omit<Calibration, 'thresholds' | 'normalOodScores'> {
  /** Thresholds by class. */
  readonly thresholds: Readonly<Record<string, ThresholdJson>>;
  /** {@link NormalScores.normalOodScores}. */
  readonly normalStrangeness?: NormalScores['normalOodScores'];
}

/** A {@link Threshold} under the keys of `model.json`. */
export interface ThresholdJson extends Omit<Threshold, 'ood'> {
  /** {@link Threshold.ood}. */
  readonly strangeness?: number | undefined;
}

/**
 * A calibration under the keys that `model.json` and the JSON output of the command line use; they call the
 * out-of-distribution score `strangeness`.
 *
 * @example
 * ```ts
 * import { calibrationToJson } from '@mint/detector';
 *
 * const thresholds = { nut: { image: 18, pixel: 19, ood: 1.5 } };
 * const scores = { normalScores: {}, normalMaxima: {} };
 * const json = calibrationToJson({ alpha: 0.1, thresholds, heatScales: {}, heatScale: [0, 1], ...scores });
 * console.log(json.thresholds); // { nut: { image: 18, pixel: 19, strangeness: 1.5 } }
 * ```
 */
export function calibrationToJson(calibration: Calibration): CalibrationJson {
  const { alpha, reviewAlpha, sizeRules, regionsOfInterest, thresholds, normalOodScores, ...rest } =
    calibration;
  return {
    alpha,
    reviewAlpha,
    sizeRules,
    regionsOfInterest,
    thresholds: Object.fromEntries(
      Object.entries(thresholds).map(([name, { ood, ...limits }]) => [name, { ...limits, strangeness: ood }]),
    ),
    ...rest,
    normalStrangeness: normalOodScores,
  };
}

/**
 * False-alarm rate that a class's thresholds keep even if every image that was left out of them is good after all: it is at most
 * `alpha` among images like those that were kept, and each of the others may be an alarm.
 *
 * @param kept - Held-out images that fix the thresholds.
 * @param leftOut - Held-out images that were left out.
 *
 * @example
 * ```ts
 * import { rateWithLeftOut } from '@mint/detector';
 *
 * console.log(rateWithLeftOut(0.05, 45, 3).toFixed(3)); // 0.111
 * ```
 */
export const rateWithLeftOut = (alpha: number, kept: number, leftOut: number): number =>
  alpha + leftOut / (kept + leftOut + 1);
