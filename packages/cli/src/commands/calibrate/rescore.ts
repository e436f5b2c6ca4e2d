import { dirname, resolve } from 'node:path';
import { loadDataset } from '@mint/data';
import { type MintDetector, shortHash } from '@mint/detector';
import { MintError } from '@mint/internal';
import { featureCacheOf, type ScoredNormals, scoreNormals } from '@mint/trainer';
import type { NamedDevice } from '../../devices/names.js';
import { cacheFolder } from '../../jobs/cache-folder.js';
import { jobHooks } from '../../jobs/hooks.js';
import type { Progress } from '../../shell/progress.js';
import type { CalibrateFlags } from './flags.js';

/** What images are scored with. */
export interface ScoringJob {
  /** Model folder. */
  readonly folder: string;
  readonly flags: CalibrateFlags;
  readonly device: NamedDevice;
  readonly progress: Progress;
}

/**
 * Scores the images again that the limits rest on.
 *
 * @param detector - With the new rules.
 * @param heldOut - Their short hashes.
 * @throws MintError `INVALID_ARGUMENT` when some of them are not in `--data`.
 */
export async function rescoreHeldOut(
  detector: MintDetector,
  heldOut: readonly string[],
  { folder, flags, device, progress }: ScoringJob,
): Promise<ScoredNormals> {
  const { data, cache: cacheFlag, strict, goodWords, defectWords, root } = flags;
  if (data === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate: limits under --min-area and --roi come from the held-out images, scored again; ' +
        'give the data set that the model was trained on as --data.',
    );
  }
  const { classes } = detector.config;
  const dataset = await loadDataset(data, { classes, goodWords, defectWords, root });
  const good = dataset.samples.filter(({ label, split }) => label === 'normal' && split !== 'test');
  const cache = featureCacheOf(cacheFolder(cacheFlag, dirname(resolve(folder))), detector, { device });
  const { onError } = jobHooks(progress, strict);
  const scored = await scoreNormals(detector, cache, good, { only: new Set(heldOut), onError });
  const found = new Set(scored.images.map(({ contentHash }) => shortHash(contentHash)));
  const missing = heldOut.filter((hash) => !found.has(hash)).length;
  if (missing === 0) return scored;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${data}: ${missing} of the ${heldOut.length} images that the limits rest on are not there or have changed; ` +
      'give the data set that the model was trained on. Nothing was changed.',
  );
}
