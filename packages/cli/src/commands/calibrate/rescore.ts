import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadDataset } from '@mint/data';
import { MintDetector, shortHash } from '@mint/detector';
import { MintError } from '@mint/internal';
import {
  featureCacheOf,
  type MapRules,
  outsidePixels,
  type ScoredNormals,
  scoreNormals,
} from '@mint/trainer';
import type { NamedDevice } from '../../devices/names.js';
import { jobHooks } from '../../jobs/hooks.js';
import { localCache } from '../../jobs/local-cache.js';
import { type OwnInterests, withInterests } from '../../shell/interest-files.js';
import type { Progress } from '../../shell/progress.js';
import type { CalibrateFlags } from './flags.js';

/** New rules, and where single images are looked at. */
export interface NewRules extends Pick<MapRules, 'sizeRules' | 'regionsOfInterest'> {
  /** Regions of single images; undefined where none were given. */
  readonly own?: OwnInterests | undefined;
}

/** What images are scored with. */
export interface ScoringJob {
  /** Model folder. */
  readonly folder: string;
  readonly flags: CalibrateFlags;
  readonly device: NamedDevice;
  readonly progress: Progress;
}

/** The images that limits rest on, scored under new rules. */
interface Rescored {
  /** With the new rules; the caller disposes it. */
  readonly detector: MintDetector;
  readonly rules: MapRules;
  readonly scored: ScoredNormals;
}

/**
 * Scores the images again that the limits rest on.
 *
 * @param detector - With the old rules.
 * @param rules - The new ones.
 * @param heldOut - Short hashes of the images.
 * @throws MintError `INVALID_ARGUMENT` when some of them are not in `--data`.
 */
export async function rescoreHeldOut(
  detector: MintDetector,
  { own, ...rules }: NewRules,
  heldOut: readonly string[],
  { folder, flags, device, progress }: ScoringJob,
): Promise<Rescored> {
  const { data, cache: cacheFlag, strict, goodWords, defectWords, root } = flags;
  if (data === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate: limits under --min-area and --roi come from the held-out images, scored again; ' +
        'give the data set that the model was trained on as --data.',
    );
  }
  const { classes } = detector.config;
  const found = await loadDataset(data, { classes, goodWords, defectWords, root });
  const dataset = own === undefined ? found : await withInterests(found, own, progress.say);
  const good = dataset.samples.filter(({ label, split }) => label === 'normal' && split !== 'test');
  const cache = featureCacheOf(await localCache(cacheFlag, dirname(resolve(folder)), progress), detector, {
    device,
  });
  const options = { only: new Set(heldOut), onError: jobHooks(progress, strict).onError };
  const { calibration } = detector;
  const isNew =
    own !== undefined || !isDeepStrictEqual(rules.regionsOfInterest, calibration?.regionsOfInterest);
  if (
    isNew &&
    calibration?.outsidePixels === undefined &&
    Object.keys(rules.regionsOfInterest ?? {}).length > 0
  )
    progress.say(
      'note: the model was trained without regions of interest; what lies outside has no influence from now on, but that can cost accuracy: mint train --roi gives the best map',
    );
  const outside = isNew
    ? { outsidePixels: await outsidePixels(detector, good, rules.regionsOfInterest, options) }
    : { outsideFeatures: calibration?.outsideFeatures, outsidePixels: calibration?.outsidePixels };
  const all: MapRules = { outsideFeatures: undefined, ...rules, ...outside };
  const ruled = withRules(detector, all);
  try {
    const scored = await scoreNormals(ruled, cache, good, options);
    assertAllThere(data, heldOut, scored);
    return { detector: ruled, rules: all, scored };
  } catch (error) {
    ruled.dispose();
    throw error;
  }
}

function withRules(detector: MintDetector, rules: MapRules): MintDetector {
  const { calibration, ...state } = detector.toState();
  return MintDetector.fromState({ ...state, calibration: calibration && { ...calibration, ...rules } });
}

function assertAllThere(data: string, heldOut: readonly string[], { images }: ScoredNormals): void {
  const found = new Set(images.map(({ contentHash }) => shortHash(contentHash)));
  const missing = heldOut.filter((hash) => !found.has(hash)).length;
  if (missing === 0) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${data}: ${missing} of the ${heldOut.length} images that the limits rest on are not there or have changed; ` +
      'give the data set that the model was trained on. Nothing was changed.',
  );
}
