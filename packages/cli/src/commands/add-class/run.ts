import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { loadDataset, type Sample, splitHoldout } from '@mint/data';
import { calibrationToJson, type ImageSets, MintDetector, setOf, shortHash } from '@mint/detector';
import { MintError } from '@mint/internal';
import {
  addClass,
  assertExtendable,
  type CachedSample,
  cacheFeatures,
  comparePredictions,
  type FeatureBatch,
  type FeatureCache,
  FIT_CLASS,
  featureBatches,
  featureCacheOf,
  type PredictionChanges,
} from '@mint/trainer';
import { useDevice } from '../../devices/device.js';
import type { CommandContext } from '../../shell/context.js';
import { clock, type Progress } from '../../shell/progress.js';
import { defaultCache } from '../../training/pipeline.js';
import { thresholdTable } from '../calibrate/run.js';
import type { AddClassFlags } from './flags.js';

/** Share of the good images held out for the limits: more where the limits need more, to half of them at most. */
const HOLDOUT = 0.15;
/** Images compared at once. */
const BATCH = 8;

/** What was done for one class. */
interface Added {
  readonly className: string;
  readonly fitted: number;
  readonly heldOut: number;
  /** Held-out images that are taken for the class without being told. */
  readonly recognised: number;
  readonly seconds: number;
  /** What became of old held-out images whose features are in the cache, and of the images of the class themselves. */
  readonly oldImages: PredictionChanges;
  readonly newImages: PredictionChanges;
}

/**
 * `mint add-class <folder> --model <folder> --out <folder>`: the model with one class more, or several, and the proof that it
 * says the same as before of whatever is not of them. Returns the exit code.
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
      `${flags.out}: holds a model already; give --out another folder.`,
    );
  const dataset = await loadDataset(folder);
  if (dataset.layout !== undefined) progress.say(`${dataset.name}, read as: ${dataset.layout}`);
  for (const warning of dataset.warnings) progress.say(`note: ${warning}`);
  const groups = goodImages(folder, dataset.samples, dataset.classes, flags.class);
  const device = await useDevice(flags, progress);
  let detector = await MintDetector.load(flags.model);
  try {
    const added: Added[] = [];
    for (const [className, samples] of groups) {
      const { result, model } = await addOne(detector, className, samples, { ...flags, device }, progress);
      detector.dispose();
      detector = model;
      added.push(result);
    }
    await detector.save(out);
    const { calibration } = detector;
    const limits = calibration === undefined ? '' : thresholdTable(calibration);
    print([...added.map(told), limits, `model: ${flags.out}`].join('\n'), {
      added,
      thresholds: calibration && calibrationToJson(calibration).thresholds,
      model: out,
    });
    return 0;
  } finally {
    detector.dispose();
  }
}

/** Good images by class. A class that is given is that of all of them. */
function goodImages(
  folder: string,
  samples: readonly Sample[],
  classes: readonly string[],
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
    const count = groups.get(className)?.length ?? 0;
    if (count >= 2) continue;
    throw new MintError(
      'EMPTY_DATASET',
      `${folder}: ${className} has ${count} good training images; at least 2 are needed, one of them for its limits.`,
    );
  }
  return groups;
}

async function addOne(
  before: MintDetector,
  className: string,
  samples: readonly Sample[],
  { model: folder, cache: given, device, seed, strict }: AddClassFlags,
  progress: Progress,
): Promise<{ readonly result: Added; readonly model: MintDetector }> {
  assertExtendable(before, className);
  const cache = featureCacheOf(resolve(given ?? defaultCache(dirname(resolve(folder)))), before, { device });
  progress.start(`features of ${className}`, samples.length, 'images');
  const cached = await cacheFeatures(before, cache, samples, {
    onProgress: (done) => progress.update(done),
    ...(strict ? {} : { onError: (error) => progress.say(`left out: ${error.message}`) }),
  });
  progress.stop();
  const images = before.toState().images ?? { fit: [], heldOut: [], test: [] };
  refuseSeen(cached, images);
  const readable = [...new Set(cached.map(({ sample }) => sample))];
  const needed = Math.ceil(1 / (before.calibration?.alpha ?? 1)) - 1;
  const share = Math.max(HOLDOUT, Math.min(0.5, needed / readable.length));
  const { fit, holdout } = splitHoldout(readable, share, seed);
  const chosen = new Set(fit);
  const began = performance.now();
  progress.start(`fitting ${className}`, FIT_CLASS.steps, 'steps');
  const { detector, heldOut, recognised } = await addClass(before, className, {
    cache,
    fit: cached.filter(({ sample }) => chosen.has(sample)),
    heldOut: holdout,
    config: { ...FIT_CLASS, seed },
    onStep: (step, loss) => progress.update(step, `loss ${loss.toFixed(3)}`),
  });
  progress.stop();
  const seconds = (performance.now() - began) / 1000;
  try {
    const old = cachedBatches(cache, images);
    const oldImages = await comparePredictions(before, detector, old);
    const newImages = await comparePredictions(before, detector, featureBatches(before, cache, readable));
    for (const { changed, changedWhenGiven } of [oldImages, newImages]) {
      if (changed + changedWhenGiven === 0) continue;
      throw new MintError(
        'COMPUTE_FAILED',
        `${className}: what the model says of images of other classes has changed (${changed} by itself, ` +
          `${changedWhenGiven} with the class given), which must not be. Nothing was saved; try --device cpu, and report it.`,
      );
    }
    const result = { className, fitted: fit.length, heldOut, recognised, seconds, oldImages, newImages };
    return { result, model: detector };
  } catch (error) {
    detector.dispose();
    throw error;
  }
}

/** Features of the held-out images, as far as they are in the cache. */
async function* cachedBatches(
  cache: FeatureCache,
  { heldOut }: ImageSets,
): AsyncGenerator<Pick<FeatureBatch, 'features'>> {
  const wanted = new Set(heldOut);
  const keys = (await cache.keys()).filter((key) => wanted.has(shortHash(key)));
  for (let at = 0; at < keys.length; at += BATCH) {
    const { features, missing } = await cache.read(keys.slice(at, at + BATCH));
    if (missing.length === 0) yield { features };
  }
}

const WHY_NOT: Readonly<Record<keyof ImageSets, string>> = {
  fit: 'the model was trained on it, as an image of another class',
  heldOut: 'the limits of another class rest on it',
  test: 'it is a test image of the model',
};

/** No image may be of two classes, nor be learned and tested with. */
function refuseSeen(cached: readonly CachedSample[], images: ImageSets): void {
  const names = new Map<string, string>();
  for (const { sample, contentHash } of cached) {
    const set = setOf(images, contentHash);
    const twin = names.get(contentHash) ?? sample.id;
    names.set(contentHash, twin);
    if (set === undefined && twin === sample.id) continue;
    const why = set === undefined ? `it equals ${twin}` : WHY_NOT[set];
    throw new MintError('INVALID_ARGUMENT', `${sample.id}: cannot be used: ${why}. Nothing was saved.`);
  }
}

function told({ className, fitted, heldOut, recognised, seconds, oldImages, newImages }: Added): string {
  const { images, taken } = oldImages;
  const old =
    images === 0
      ? 'no features of old held-out images are in the cache, so only the new ones were compared'
      : `${taken} of ${images} held-out images of the other classes are now taken for it`;
  return [
    `${className}: fitted on ${fitted} good images in ${clock(seconds)}, ${heldOut} held out`,
    `  ${recognised} of the ${heldOut} are recognised without being told (--class)`,
    `  ${old}; all else is bit for bit as before: ${images - taken + newImages.images - newImages.taken} images compared, ` +
      `${images + newImages.images} with their class given`,
  ].join('\n');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
