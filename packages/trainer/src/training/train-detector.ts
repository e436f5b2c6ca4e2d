import { join } from 'node:path';
import { type DetectorState, MintDetector, shortHash } from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import * as tf from '@tensorflow/tfjs-core';
import { calibrateWithoutSuspects } from '../calibration/without-suspects.js';
import { augmentationText } from '../config/augmentation-text.js';
import { originRecord } from '../features/backbone-origin.js';
import type { CachedSample } from '../features/cached-features.js';
import { cacheFeatures } from '../features/feature-batches.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureCacheOf } from '../features/feature-cache-of.js';
import { lookInside } from '../interest/look-inside.js';
import { learnerOf } from '../learners/learners.js';
import { together } from '../logging/train-events.js';
import { assertSpaceFor } from '../run-folder/job-space.js';
import { assertNewRun, hasCheckpoints } from '../run-folder/run-folder.js';
import type { Suspect } from '../suspects/suspect.js';
import { type GoodImages, splitGoodImages } from './feature-stages.js';
import { train } from './train.js';
import type { TrainResult } from './train-options.js';
import { type TrainingHooks, type TrainingJob, TrainingStopped } from './training-job.js';

/** The result of {@link trainDetector}. */
export interface TrainedDetector {
  /** The trained detector; the caller disposes it. */
  readonly detector: MintDetector;
  /** Has the features of all good images. */
  readonly cache: FeatureCache;
  /** How the good images were split. */
  readonly images: GoodImages;
  /** Training samples: images, tiles of large ones, and variants. */
  readonly samples: number;
  /**
   * Good images that look unlike their class, the furthest out first: the statistics of the model, or its thresholds, do without
   * them.
   */
  readonly suspects: readonly Suspect[];
  /** Steps taken in all, resumed ones included. */
  readonly steps: number;
  /** Seconds of the training, without features and calibration. */
  readonly seconds: number;
}

/**
 * Trains a detector on the good training images of a data set: splits them, computes their features, trains, calibrates
 * and saves the model.
 *
 * @throws TrainingStopped when `job.signal` was aborted.
 * @throws MintError `INVALID_ARGUMENT` when the run folder has checkpoints and neither `resume` nor `overwrite` is set; `EMPTY_DATASET` when no image can be held out for thresholds; `DISK_FULL` when features, checkpoints and model do not fit on the disk; those of `cacheFeatures`,
 * `train` and `scoreNormals`.
 *
 * @example
 * ```ts
 * import '@mint/backend-onnx';
 * import { proceduralDataset } from '@mint/data';
 * import { PAPER_CONFIG } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-layers'; // registers gradients
 * import { PRESETS, trainDetector } from '@mint/trainer';
 *
 * await tf.setBackend('onnx');
 * const dataset = proceduralDataset({ trainPerClass: 8, size: 64 });
 * const { network, train } = PRESETS.quick;
 * const { detector, images, steps } = await trainDetector({
 *   dataset,
 *   detector: {
 *     ...PAPER_CONFIG,
 *     classes: dataset.classes,
 *     input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
 *     backbone: { kind: 'scattering' },
 *     grid: [8, 8],
 *     network,
 *   },
 *   train: { ...train, epochs: 1, holdout: 0.5, seed: 0 },
 *   alpha: 0.2, // as low as four held-out images per class allow
 *   cache: 'runs/feature-cache',
 *   out: 'runs/a',
 * });
 * console.log(images.fit.length, images.heldOut.length, steps); // 16 16 2
 * console.log(Object.keys(detector.calibration?.thresholds ?? {}).length); // 4
 * ```
 */
export async function trainDetector(job: TrainingJob, hooks: TrainingHooks = {}): Promise<TrainedDetector> {
  if (job.out !== undefined) await assertNewRun(job.out, job);
  for (const warning of job.dataset.warnings) hooks.onNote?.(warning);
  const { result, cached, seconds, ...prepared } = await trainBlank(job, hooks);
  const { steps, detector: trained } = result;
  try {
    if (!result.finished) throw new TrainingStopped('training');
    const { suspects: unlikely, ...calibrated } = await calibratedParts(
      job,
      hooks,
      trained,
      prepared,
      cached,
    );
    const suspects = [...result.suspects, ...unlikely];
    const detector = MintDetector.fromState({
      ...trained.toState(),
      ...calibrated,
      provenance: provenanceOf(job, result, cached.fit, suspects.length),
    });
    if (job.out !== undefined) await detector.save(join(job.out, 'model'));
    return { ...prepared, detector, suspects, samples: cached.fit.length, steps, seconds };
  } finally {
    trained.dispose();
  }
}

type Prepared = Pick<TrainedDetector, 'cache' | 'images'>;
type CachedImages = Readonly<Record<'fit' | 'validation', readonly CachedSample[]>>;

interface Trained extends Prepared {
  readonly cached: CachedImages;
  readonly result: TrainResult;
  readonly seconds: number;
}

/** Everything that needs the untrained detector. */
async function trainBlank(job: TrainingJob, hooks: TrainingHooks): Promise<Trained> {
  const blank = MintDetector.create(job.detector, { backbone: job.weights ?? {}, half: job.half });
  try {
    const cache = featureCacheOf(job.cache, blank, { device: deviceOf(job) });
    const images = splitGoodImages(job.dataset, job.train);
    assertEnough(job, images);
    for (const note of classesWithoutThreshold(job, images)) hooks.onNote?.(note);
    await assertSpaceFor(job, blank, cache);
    await writeConfig(job);
    const seeing = await lookInside(blank, images.fit, job.regionsOfInterest, hooks);
    try {
      const cached = await cacheGoodImages(job, hooks, seeing, { cache, images });
      const began = performance.now();
      const result = await trainOn(job, hooks, seeing, cache, cached);
      return { cache, images, cached, result, seconds: (performance.now() - began) / 1000 };
    } finally {
      if (seeing !== blank) seeing.dispose();
    }
  } finally {
    blank.dispose();
  }
}

/** Refuses before any work a job whose model would have no thresholds at all. */
function assertEnough({ dataset, alpha }: TrainingJob, { fit, heldOut }: GoodImages): void {
  if (alpha === undefined || heldOut.length > 0) return;
  throw new MintError(
    'EMPTY_DATASET',
    `${dataset.name}: too few good training images (${fit.length}): at least two of a class are needed, one to learn from and one ` +
      `held out for its threshold; a stated false-alarm rate of ${alpha} needs ${Math.ceil(1 / alpha) - 1} held-out images per class.`,
  );
}

/** One sentence for each class that cannot have a threshold, for want of images. */
function classesWithoutThreshold({ detector, alpha }: TrainingJob, { fit, heldOut }: GoodImages): string[] {
  if (alpha === undefined) return [];
  return detector.classes.flatMap((name) => {
    if (heldOut.some(({ className }) => className === name)) return [];
    const count = fit.filter(({ className }) => className === name).length;
    if (count === 0) return [`${name}: no good training images; nothing is learned about this class.`];
    return [
      `${name}: ${count} good training images, too few to hold one out, so the class has no threshold and its images get no decision.`,
    ];
  });
}

async function writeConfig({ out, dataset, detector, train, origin, ...job }: TrainingJob): Promise<void> {
  // A resumed run has the settings that the file has, or is refused.
  if (out === undefined || (job.resume && (await hasCheckpoints(out)))) return;
  const content = { dataset: dataset.name, detector, train, device: deviceOf(job), backboneOrigin: origin };
  await writeFileAtomic(join(out, 'config.json'), `${JSON.stringify(content, null, 2)}\n`);
}

const deviceOf = ({ device }: Pick<TrainingJob, 'device'>): string => device ?? tf.getBackend();

async function cacheGoodImages(
  { train: { augment, validation: settings, seed }, signal }: TrainingJob,
  { onStage, onProgress, onStageEnd, onError }: TrainingHooks,
  blank: MintDetector,
  { cache, images: { fit, validation } }: Prepared,
): Promise<CachedImages> {
  onStage?.({ title: 'features', total: fit.length + validation.length, unit: 'images' });
  const follow = (before: number) => (done: number) => {
    onProgress?.(before + done);
    if (signal?.aborted) throw new TrainingStopped('features');
  };
  const fitted = await cacheFeatures(blank, cache, fit, { onError, augment, seed, onProgress: follow(0) });
  const validated = await cacheFeatures(blank, cache, validation, {
    onError,
    syntheticAnomalies: settings?.copies,
    seed,
    onProgress: follow(fit.length),
  });
  onStageEnd?.();
  return { fit: fitted, validation: validated };
}

async function trainOn(
  { train: config, out: runFolder, resume, signal }: TrainingJob,
  { onStage, onProgress, onStageEnd, onNote, loggers, ...hooks }: TrainingHooks,
  blank: MintDetector,
  cache: FeatureCache,
  { fit: samples, validation }: CachedImages,
): Promise<TrainResult> {
  const isMeasured = learnerOf(blank.config).measure !== undefined;
  onStage?.(
    isMeasured
      ? { title: 'statistics', total: samples.length, unit: 'images' }
      : { title: 'training', total: 1, unit: 'steps' },
  );
  let total = 0;
  const { onStep, ...others } = together([hooks]);
  const result = await train(blank, {
    cache,
    samples,
    validation,
    config,
    runFolder,
    resume,
    signal,
    loggers,
    ...others,
    onWarning: onNote,
    onStep: (event) => {
      if (total === 0) onStage?.({ title: 'training', total: event.steps, unit: 'steps' });
      total = event.steps;
      onProgress?.(event.step, `loss ${event.loss.toFixed(3)}`);
      return onStep(event);
    },
  });
  if (isMeasured) onProgress?.(samples.length);
  onStageEnd?.();
  return result;
}

/** Thresholds, and which images they and the network have seen. */
async function calibratedParts(
  { alpha, reviewAlpha }: TrainingJob,
  { onError }: TrainingHooks,
  trained: MintDetector,
  { cache, images }: Prepared,
  { fit, validation }: CachedImages,
): Promise<Pick<DetectorState, 'calibration' | 'images'> & Pick<TrainedDetector, 'suspects'>> {
  if (alpha === undefined) return { suspects: [] };
  const rates = { alpha, reviewAlpha, onError };
  const scored = await calibrateWithoutSuspects(trained, cache, images.heldOut, rates);
  return {
    suspects: scored.suspects,
    calibration: scored.calibration,
    images: {
      // An image may be there several times: in tiles, in variants. Those that chose the epoch count as trained on.
      fit: [...new Set([...fit, ...validation].map(({ contentHash }) => shortHash(contentHash)))],
      heldOut: scored.images.map(({ contentHash }) => shortHash(contentHash)),
      test: [],
    },
  };
}

function provenanceOf(
  job: TrainingJob,
  { best, steps }: TrainResult,
  fit: readonly CachedSample[],
  suspects: number,
) {
  const { augment, seed } = job.train;
  return {
    dataset: job.dataset.name,
    trainPictures: new Set(fit.map(({ contentHash }) => contentHash)).size,
    steps: best?.step ?? steps,
    seed,
    device: deviceOf(job),
    ...(suspects === 0 ? {} : { suspects }),
    ...(augment === undefined ? {} : { augment: augmentationText(augment) }),
    ...originRecord(job.origin),
  };
}
