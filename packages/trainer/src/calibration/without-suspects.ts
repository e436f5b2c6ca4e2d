import type { Sample } from '@mint/data';
import { type Calibration, type MintDetector, shortHash } from '@mint/detector';
import { own } from '@mint/internal';
import type { ExtractOptions } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { standingOut } from '../suspects/stand-out.js';
import type { Suspect } from '../suspects/suspect.js';
import type { NamedImage } from './assert-unseen.js';
import { calibrationOf, type ScoredNormals, scoreNormals } from './calibrate.js';

/** Rates of the thresholds; see `calibrationOf`. */
interface Rates extends ExtractOptions {
  readonly alpha: number;
  readonly reviewAlpha?: number | undefined;
}

/** Thresholds, the images that fix them, and those that they do without. */
interface CalibratedWithout {
  readonly calibration: Calibration;
  readonly images: readonly NamedImage[];
  readonly suspects: readonly Suspect[];
}

/**
 * Thresholds from held-out good images without those that stand out from their class: defective ones among them would raise the
 * thresholds above every defect. `Calibration.leftOut` keeps their number, since the promise holds for images like the rest alone. A model does
 * not know these images: `mint calibrate --add` adds one that is good after all.
 */
export async function calibrateWithoutSuspects(
  detector: MintDetector,
  cache: FeatureCache,
  heldOut: readonly Sample[],
  { alpha, reviewAlpha, ...options }: Rates,
): Promise<CalibratedWithout> {
  const { regionsOfInterest, outsideFeatures, outsidePixels } = detector.calibration ?? {};
  const rules = { reviewAlpha, regionsOfInterest, outsideFeatures, outsidePixels };
  const scored = await scoreNormals(detector, cache, heldOut, options);
  const suspects = detector.config.map === 'whitened-by-class-and-place' ? suspectsOf(scored, heldOut) : [];
  if (suspects.length === 0)
    return { calibration: calibrationOf(scored, alpha, rules), images: scored.images, suspects };
  const out = new Set(suspects.map(({ contentHash }) => contentHash));
  const only = new Set(
    scored.images.flatMap(({ contentHash }) => (out.has(contentHash) ? [] : [shortHash(contentHash)])),
  );
  const rest = await scoreNormals(detector, cache, heldOut, { ...options, only });
  const leftOut = Object.fromEntries(
    [...new Set(suspects.map(({ className }) => className))].map((name) => [
      name,
      suspects.filter(({ className }) => className === name).length,
    ]),
  );
  return { calibration: calibrationOf(rest, alpha, { ...rules, leftOut }), images: rest.images, suspects };
}

/** Scores stand class by class, in the order of the images. */
function suspectsOf({ scores, images }: ScoredNormals, heldOut: readonly Sample[]): Suspect[] {
  const samples = new Map(heldOut.map((sample) => [sample.id, sample]));
  const next = new Map<string, number>();
  const scored = images.flatMap(({ name, contentHash }) => {
    const sample = samples.get(name);
    if (sample === undefined) return [];
    const { className } = sample;
    const at = next.get(className) ?? 0;
    next.set(className, at + 1);
    const score = own(scores.normalScores, className)?.[at];
    return score === undefined
      ? []
      : [{ sample, contentHash, className, score, leftOutOf: 'limits' as const }];
  });
  return standingOut(scored, 'limits');
}
