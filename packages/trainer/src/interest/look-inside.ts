import type { Sample } from '@mint/data';
import { type Calibration, MintDetector } from '@mint/detector';
import { ALPHA } from '../calibration/calibrate.js';
import type { OutsideOptions } from './outside-features.js';
import { outsidePixels } from './outside-pixels.js';

/**
 * A detector that looks at regions of interest before it has learned anything: its backbone, and with it statistics, network and loss,
 * sees nothing of what lies outside.
 *
 * @param fit - Good training images, which say what usually lies outside; they may have regions of their own.
 * @returns A new detector; the caller disposes it. `blank` itself where no image has a region.
 */
export async function lookInside(
  blank: MintDetector,
  fit: readonly Sample[],
  regionsOfInterest: Calibration['regionsOfInterest'],
  options: OutsideOptions = {},
): Promise<MintDetector> {
  if (regionsOfInterest === undefined && fit.every(({ interest }) => interest === undefined)) return blank;
  // Thresholds come at the end.
  const calibration: Calibration = {
    alpha: ALPHA,
    regionsOfInterest: regionsOfInterest ?? {},
    outsidePixels: await outsidePixels(blank, fit, regionsOfInterest, options),
    thresholds: {},
    heatScales: {},
    heatScale: [0, 1],
    normalScores: {},
    normalMaxima: {},
  };
  return MintDetector.fromState({ ...blank.toState(), calibration });
}
