import { dirname, resolve } from 'node:path';
import { goodImages } from '@mint/data';
import { calibrationToJson, type ImageSets, MintDetector, writeDescription } from '@mint/detector';
import { MintError } from '@mint/internal';
import { featureCacheOf, recalibrate, type ScoredNormals, scoreNormals } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import type { NamedDevice } from '../../devices/names.js';
import { cacheFolder } from '../../jobs/cache-folder.js';
import { jobHooks } from '../../jobs/hooks.js';
import { thresholdTable } from '../../output/threshold-table.js';
import type { CommandContext } from '../../shell/context.js';
import type { Progress } from '../../shell/progress.js';
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
  if (flags.alpha === undefined && flags.add === undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint calibrate: nothing to change; give --alpha, --add or both.',
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
    const added = await scoreAdded(detector, folder, flags, device, progress);
    const { calibration, change, ...after } = recalibrate(before, images, { alpha: flags.alpha, added });
    await writeDescription(folder, { ...state, calibration, images: after.images });
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

async function scoreAdded(
  detector: MintDetector,
  model: string,
  { add, class: className, cache: folder, strict }: CalibrateFlags,
  device: NamedDevice,
  progress: Progress,
): Promise<ScoredNormals | undefined> {
  if (add === undefined) return undefined;
  // Refusals name the file, as the user knows it.
  const images = (await goodImages(add, detector.config.classes, { className })).map((sample) => ({
    ...sample,
    id: sample.imagePath ?? sample.id,
  }));
  const cache = featureCacheOf(cacheFolder(folder, dirname(resolve(model))), detector, { device });
  const { onError } = jobHooks(progress, strict);
  return scoreNormals(detector, cache, images, { onError });
}
