import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { goodImages, loadDataset } from '@mint/data';
import {
  type Calibration,
  calibrationToJson,
  type DetectorState,
  type ImageSets,
  MintDetector,
  readProbe,
  shortHash,
  updateDescription,
  writeProbe,
} from '@mint/detector';
import { MintError } from '@mint/internal';
import { featureCacheOf, recalibrate, type ScoredNormals, scoreNormals } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import type { NamedDevice } from '../../devices/names.js';
import { cacheFolder } from '../../jobs/cache-folder.js';
import { jobHooks } from '../../jobs/hooks.js';
import { thresholdTable } from '../../output/threshold-table.js';
import type { CommandContext } from '../../shell/context.js';
import type { Progress } from '../../shell/progress.js';
import { sizeRulesFor } from '../../shell/size-rules.js';
import type { CalibrateFlags } from './flags.js';

const NONE_KNOWN: ImageSets = { fit: [], heldOut: [], test: [] };

/**
 * `mint calibrate <model> --alpha 0.02 --add new-good/`: sets new alarm limits from the scores of good images that the model
 * folder keeps, and from new good images. Only `model.json` is written, with the change in its history.
 *
 * @returns The exit code: 1 when a class stays without limits.
 */
export async function runCalibrate(
  folder: string,
  flags: CalibrateFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const { alpha, review, minArea, add } = flags;
  if ([alpha, review, minArea, add].every((flag) => flag === undefined)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate: nothing to change; give --alpha, --review, --min-area or --add.',
    );
  }
  const device = await useDevice(flags, progress);
  const detector = await MintDetector.load(folder);
  try {
    const { calibration: before, images = NONE_KNOWN, ...state } = detector.toState();
    if (flags.add !== undefined && images === NONE_KNOWN) {
      progress.say(
        'note: the model does not record which images it was trained and tested on; make sure that --add holds none of them.',
      );
    }
    if (before === undefined) {
      throw new MintError(
        'INVALID_ARGUMENT',
        `${folder}: the model has no calibration to start from; train it with \`mint train\`.`,
      );
    }
    const sizeRules = minArea && {
      ...before.sizeRules,
      ...sizeRulesFor(minArea, detector.config.classes, flags.mmPerPixel),
    };
    const rescored =
      sizeRules && (await rescoreHeldOut(detector, images, { folder, sizeRules, flags, device, progress }));
    const added = await scoreAdded(detector, folder, flags, device, progress, sizeRules);
    const { calibration, change, ...after } = recalibrate(before, images, {
      alpha,
      reviewAlpha: review,
      sizeRules,
      rescored,
      added,
    });
    await updateDescription(folder, (now) => {
      assertUnchanged(folder, now, detector.toState());
      return { ...state, calibration, images: after.images };
    });
    if ((await readProbe(folder)) === undefined) await writeProbe(folder, detector);
    const { thresholds, normalScores } = calibration;
    print(thresholdTable(calibration), {
      ...change,
      thresholds: calibrationToJson(calibration).thresholds,
    });
    return Object.keys(thresholds).length === Object.keys(normalScores).length ? 0 : 1;
  } finally {
    detector.dispose();
  }
}

/**
 * Limits follow from those that were read: another process that has changed them meanwhile must not lose its change.
 *
 * @throws MintError `IN_USE`.
 */
function assertUnchanged(folder: string, now: DetectorState, read: DetectorState): void {
  if (isDeepStrictEqual([now.calibration, now.images], [read.calibration, read.images])) return;
  throw new MintError(
    'IN_USE',
    `${folder}: another process has changed the model's limits meanwhile; nothing was written. Run the command again.`,
  );
}

async function scoreAdded(
  detector: MintDetector,
  model: string,
  { add, class: className, cache: folder, strict, goodWords, defectWords, root }: CalibrateFlags,
  device: NamedDevice,
  progress: Progress,
  sizeRules: Calibration['sizeRules'],
): Promise<ScoredNormals | undefined> {
  if (add === undefined) return undefined;
  // Refusals name the file, as the user knows it.
  const options = { className, goodWords, defectWords, root };
  const images = (await goodImages(add, detector.config.classes, options)).map((sample) => ({
    ...sample,
    id: sample.imagePath ?? sample.id,
  }));
  const cache = featureCacheOf(cacheFolder(folder, dirname(resolve(model))), detector, { device });
  const { onError } = jobHooks(progress, strict);
  return scoreNormals(detector, cache, images, {
    onError,
    sizeRules: sizeRules ?? detector.calibration?.sizeRules,
  });
}

/** What {@link rescoreHeldOut} works with. */
interface Rescoring {
  readonly folder: string;
  readonly sizeRules: Calibration['sizeRules'];
  readonly flags: CalibrateFlags;
  readonly device: NamedDevice;
  readonly progress: Progress;
}

/** Scores the images again that the limits rest on. @throws MintError `INVALID_ARGUMENT` when some of them are not in `--data`. */
async function rescoreHeldOut(
  detector: MintDetector,
  { heldOut }: ImageSets,
  { folder, sizeRules, flags, device, progress }: Rescoring,
): Promise<ScoredNormals> {
  if (flags.data === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate --min-area: the limits must be set anew with the rule, so the images that they rest on are scored again; ' +
        'give the data set that the model was trained on as --data.',
    );
  }
  const dataset = await loadDataset(flags.data, { classes: detector.config.classes });
  const good = dataset.samples.filter(({ label, split }) => label === 'normal' && split !== 'test');
  const cache = featureCacheOf(cacheFolder(flags.cache, dirname(resolve(folder))), detector, { device });
  const { onError } = jobHooks(progress, flags.strict);
  const scored = await scoreNormals(detector, cache, good, { only: new Set(heldOut), sizeRules, onError });
  const found = new Set(scored.images.map(({ contentHash }) => shortHash(contentHash)));
  const missing = heldOut.filter((hash) => !found.has(hash)).length;
  if (missing === 0) return scored;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${flags.data}: ${missing} of the ${heldOut.length} images that the limits rest on are not there or have changed; ` +
      'give the data set that the model was trained on. Nothing was changed.',
  );
}
