import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { goodImages } from '@mint/data';
import {
  type Calibration,
  calibrationToJson,
  type DetectorConfig,
  type DetectorState,
  type ImageSets,
  MintDetector,
  readProbe,
  updateDescription,
  writeProbe,
} from '@mint/detector';
import { MintError } from '@mint/internal';
import {
  featureCacheOf,
  type Recalibration,
  recalibrate,
  type ScoredNormals,
  scoreNormals,
} from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { jobHooks } from '../../jobs/hooks.js';
import { localCache } from '../../jobs/local-cache.js';
import { type LeftOut, sayLeftOut, withHistory } from '../../judged/judged-images.js';
import { recordedScores } from '../../judged/recorded-scores.js';
import { thresholdTable } from '../../output/threshold-table.js';
import { modelIdOf } from '../../scoring/model-id.js';
import type { CommandContext } from '../../shell/context.js';
import { readInterest } from '../../shell/interest-files.js';
import { sizeRulesFor } from '../../shell/size-rules.js';
import type { CalibrateFlags } from './flags.js';
import { inFlags } from './in-flags.js';
import { noteChange } from './note.js';
import { type NewRules, rescoreHeldOut, type ScoringJob } from './rescore.js';

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
  const { alpha, review, minArea, roi, add, fromHistory } = flags;
  if ([alpha, review, minArea, roi, add, fromHistory].every((flag) => flag === undefined)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate: nothing to change; give --alpha, --review, --min-area, --roi, --add or --from-history.',
    );
  }
  if (add !== undefined && fromHistory !== undefined)
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate: give --add or --from-history, not both at once.',
    );
  const device = await useDevice(flags, progress);
  const detector = await MintDetector.load(folder);
  try {
    const { calibration: before, images = NONE_KNOWN } = detector.toState();
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
    const rules = await newRules(before, detector.config, flags);
    const job = { folder, flags, device, progress };
    const rescored = rules && (await rescoreHeldOut(detector, rules, images.heldOut, job));
    try {
      const measured = rescored?.detector ?? detector;
      const added =
        fromHistory === undefined
          ? await scoreAdded(measured, job)
          : await scoreRecorded(fromHistory, folder, { detector, images, progress });
      const changed = inFlags(() =>
        recalibrate(before, images, {
          alpha,
          reviewAlpha: review,
          ...rescored?.rules,
          rescored: rescored?.scored,
          added,
        }),
      );
      await write(folder, detector, rescored?.detector, changed);
      await noteChange(flags, folder, before, changed.calibration);
      const { calibration, change } = changed;
      const { thresholds, normalScores } = calibration;
      print(thresholdTable(calibration), {
        ...change,
        thresholds: calibrationToJson(calibration).thresholds,
      });
      return Object.keys(thresholds).length === Object.keys(normalScores).length ? 0 : 1;
    } finally {
      rescored?.detector.dispose();
    }
  } finally {
    detector.dispose();
  }
}

/** Size rules and regions of interest as the flags change them; undefined when they stay. */
async function newRules(
  { sizeRules, regionsOfInterest }: Calibration,
  config: DetectorConfig,
  { minArea, roi, mmPerPixel }: CalibrateFlags,
): Promise<NewRules | undefined> {
  if (minArea === undefined && roi === undefined) return undefined;
  const interest = roi === undefined || roi === 'none' ? undefined : await readInterest(roi, config);
  return {
    sizeRules: minArea ? { ...sizeRules, ...sizeRulesFor(minArea, config.classes, mmPerPixel) } : sizeRules,
    regionsOfInterest: roi === undefined ? regionsOfInterest : (interest?.byClass ?? {}),
    own: interest?.own,
  };
}

/** Writes the new limits, and the probe where its score may have changed. */
async function write(
  folder: string,
  detector: MintDetector,
  ruled: MintDetector | undefined,
  { calibration, images }: Pick<Recalibration, 'calibration' | 'images'>,
): Promise<void> {
  await updateDescription(folder, (now) => {
    assertUnchanged(folder, now, detector.toState());
    return { ...detector.toState(), calibration, images };
  });
  if (ruled !== undefined || (await readProbe(folder)) === undefined)
    await writeProbe(folder, ruled ?? detector);
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

/** Scores in a record of decisions; images that are not used are counted. */
async function scoreRecorded(
  place: string,
  folder: string,
  {
    detector,
    images,
    progress,
  }: Pick<ScoringJob, 'progress'> & { readonly detector: MintDetector; readonly images: ImageSets },
): Promise<ScoredNormals> {
  const left: LeftOut = new Map();
  const { classes } = detector.config;
  const id = await modelIdOf(folder);
  const scored = await withHistory(place, (history) =>
    recordedScores(history, { classes, images, id }, left),
  );
  const note = sayLeftOut(left);
  if (note !== undefined) progress.say(`note: ${note}`);
  progress.say(`${scored.images.length} recorded images that people judged good`);
  return scored;
}

async function scoreAdded(
  detector: MintDetector,
  { folder: model, flags, device, progress }: ScoringJob,
): Promise<ScoredNormals | undefined> {
  const { add, class: className, cache: folder, strict, goodWords, defectWords, root } = flags;
  if (add === undefined) return undefined;
  // Refusals name the file, as the user knows it.
  const options = { className, goodWords, defectWords, root };
  const images = (await goodImages(add, detector.config.classes, options)).map((sample) => ({
    ...sample,
    id: sample.imagePath ?? sample.id,
  }));
  const cache = featureCacheOf(await localCache(folder, dirname(resolve(model)), progress), detector, {
    device,
  });
  const { onError } = jobHooks(progress, strict);
  return scoreNormals(detector, cache, images, { onError });
}
