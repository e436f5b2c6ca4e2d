import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Dataset, loadDataset, type Sample } from '@mint/data';
import { calibrationToJson, MintDetector } from '@mint/detector';
import { MintError } from '@mint/internal';
import { type ExtendedDetector, extendDetector, featureCacheOf, type PredictionChanges } from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import { jobHooks } from '../../jobs/hooks.js';
import { localCache } from '../../jobs/local-cache.js';
import { sayWhatWasRead } from '../../output/dataset-notes.js';
import { thresholdTable } from '../../output/threshold-table.js';
import type { CommandContext } from '../../shell/context.js';
import { clock } from '../../shell/progress.js';
import type { AddClassFlags } from './flags.js';
import { withoutLimitNote } from './without-limit.js';

/** A class that was added. */
type Added = { readonly className: string } & Omit<ExtendedDetector, 'detector'>;

/**
 * `mint add-class <folder> --model <folder> --out <folder>`: adds one or more classes to a model, and proves that its answers
 * for all other images stay the same. Returns the exit code.
 */
export async function runAddClass(
  folder: string,
  flags: AddClassFlags,
  { progress, print }: CommandContext,
): Promise<number> {
  const out = resolve(flags.out);
  if (await exists(join(out, 'model.json')))
    throw new MintError(
      'INVALID_ARGUMENT',
      `${flags.out}: there is a model already; choose another folder for --out.`,
    );
  const { goodWords, defectWords, root } = flags;
  const dataset = await loadDataset(folder, { goodWords, defectWords, root });
  sayWhatWasRead(dataset, progress);
  const images = goodImages(folder, dataset, flags.class);
  const device = await useDevice(flags, progress);
  let detector = await MintDetector.load(flags.model);
  try {
    const added: Added[] = [];
    const cacheAt = await localCache(flags.cache, dirname(resolve(flags.model)), progress);
    for (const [className, samples] of images) {
      const cache = featureCacheOf(cacheAt, detector, { device });
      const { detector: extended, ...result } = await extendDetector(
        detector,
        className,
        samples,
        { cache, seed: flags.seed },
        jobHooks(progress, flags.strict),
      );
      detector.dispose();
      detector = extended;
      added.push({ className, ...result });
    }
    await detector.save(out);
    const { calibration } = detector;
    const limits = calibration === undefined ? '' : thresholdTable(calibration);
    const others = detector.config.classes.filter((name) => name !== added.at(-1)?.className);
    const note = calibration && withoutLimitNote(calibration, others, flags.out);
    if (note !== undefined && added.some(({ recognised, heldOut }) => recognised < heldOut))
      progress.say(`note: ${note}`);
    print([...added.map(textOf), limits, `model: ${flags.out}`].join('\n'), {
      added: added.map(jsonOf),
      thresholds: calibration && calibrationToJson(calibration).thresholds,
      model: out,
    });
    return 0;
  } finally {
    detector.dispose();
  }
}

/**
 * Good training images by class.
 *
 * @param given - Class of all images. Default: the class each has in the data set.
 */
function goodImages(
  folder: string,
  { samples, classes }: Pick<Dataset, 'samples' | 'classes'>,
  given: string | undefined,
): Map<string, Sample[]> {
  if (given !== undefined && classes.length > 1) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${folder}: holds images of ${classes.join(', ')}; leave out --class, or give the folder of one class.`,
    );
  }
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (sample.label !== 'normal' || sample.split !== 'train') continue;
    const className = given ?? sample.className;
    const group = groups.get(className) ?? [];
    group.push({ ...sample, className });
    groups.set(className, group);
  }
  for (const className of given === undefined ? classes : [given]) {
    const length = groups.get(className)?.length ?? 0;
    if (length >= 2) continue;
    throw new MintError(
      'EMPTY_DATASET',
      `${folder}: ${className} has ${length} good training images; at least 2 are needed, one of them for its limits.`,
    );
  }
  return groups;
}

/** As `--json` shows it: `taken` is what the trainer calls `reassigned`. */
function jsonOf({ oldImages, newImages, ...added }: Added) {
  const counts = ({ images, reassigned, ...changes }: PredictionChanges) => ({
    images,
    taken: reassigned,
    ...changes,
  });
  return { ...added, oldImages: counts(oldImages), newImages: counts(newImages) };
}

function textOf({ className, fitted, heldOut, recognised, seconds, oldImages, newImages }: Added): string {
  const { images, reassigned } = oldImages;
  const old =
    images === 0
      ? 'the cache has no features of old held-out images, so only the new images were compared'
      : `${reassigned} of ${images} held-out images of the other classes are now recognised as ${className}`;
  return [
    `${className}: fitted on ${fitted} good images in ${clock(seconds)}, ${heldOut} held out`,
    `  ${recognised} of these ${heldOut} are recognised without --class`,
    `  ${old}; all other results are the same bit for bit: ${images - reassigned + newImages.images - newImages.reassigned} images compared, ` +
      `${images + newImages.images} with their class given`,
  ].join('\n');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
