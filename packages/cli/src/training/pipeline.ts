import { basename, dirname, join } from 'node:path';
import { type Dataset, type Sample, splitHoldout } from '@mint/data';
import {
  type Calibration,
  type DetectorConfig,
  type ImageSets,
  MintDetector,
  shortHash,
} from '@mint/detector';
import { MintError, type TypedTensor } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import {
  cacheFeatures,
  calibrationOf,
  consoleLogger,
  type EvaluationProtocolName,
  evaluate,
  featureCacheOf,
  lockFolder,
  type MetricsFile,
  type ScoredImage,
  scoreNormals,
  type TrainConfig,
  tensorboardLogger,
  train,
} from '@mint/trainer';
import { augmentationText } from '../commands/train/augmentation.js';
import { OverlayWriter } from '../output/overlays.js';
import { ReportWriter } from '../output/report-file.js';
import { Interrupted } from '../shell/interruption.js';
import type { Progress } from '../shell/progress.js';
import { assertSpaceFor } from './space.js';

export interface TrainingJob {
  readonly dataset: Dataset;
  readonly config: DetectorConfig;
  readonly backbone: Readonly<Record<string, TypedTensor>>;
  readonly train: TrainConfig;
  /** False-alarm rate of the limits. */
  readonly alpha: number;
  readonly protocol?: EvaluationProtocolName;
  /** The run folder. */
  readonly out: string;
  /** Folder of the feature cache, shared by runs on the same images. */
  readonly cache: string;
  readonly device: string;
  readonly resume: boolean;
  /** An unreadable image ends the job instead of being reported and left out. */
  readonly strict: boolean;
  /** Writes what TensorBoard shows to `tensorboard/`. @defaultValue false */
  readonly tensorboard?: boolean;
  /** Overlays to write for each defect kind of a class. */
  readonly overlays: number;
  readonly signal?: AbortSignal;
  readonly onImage?: (image: ScoredImage, detector: MintDetector) => void;
}

export interface JobResult {
  readonly finished: boolean;
  /** Absent when the run was stopped early, or the data set has no test images. */
  readonly metrics?: MetricsFile;
  /** Absent when the run was stopped early. */
  readonly calibration?: Calibration;
  readonly trainingSeconds: number;
}

/**
 * Everything from images to a model folder and `metrics.json`: features, training, calibration, evaluation.
 *
 * @throws MintError `IN_USE` when another process works in the run folder, `DISK_FULL` when the disk will not do.
 */
export async function runTrainingJob(job: TrainingJob, progress: Progress): Promise<JobResult> {
  const release = await lockFolder(job.out, (note) => progress.say(`note: ${note}`));
  try {
    return await runLocked(job, progress);
  } finally {
    release();
  }
}

async function runLocked(job: TrainingJob, progress: Progress): Promise<JobResult> {
  const { dataset, out, strict, signal } = job;
  for (const warning of dataset.warnings) progress.say(`note: ${warning}`);
  const onError = strict ? undefined : (error: MintError) => progress.say(`left out: ${error.message}`);
  const reporting = onError === undefined ? {} : { onError };

  const blank = MintDetector.create(job.config, { backbone: job.backbone });
  const cache = featureCacheOf(job.cache, blank, { device: job.device });
  const normals = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
  const { holdout, ...rest } = splitHoldout(normals, job.train.holdout, job.train.seed);
  // Other images than those that fix the limits, whose promise holds for images that chose nothing.
  const { share = 0, copies = 0 } = job.train.validation ?? {};
  const { fit, holdout: judged } = splitHoldout(rest.fit, share, job.train.seed);
  await assertSpaceFor(job, blank, cache);
  await writeFileAtomic(
    join(out, 'config.json'),
    `${JSON.stringify({ dataset: dataset.name, detector: job.config, train: job.train, device: job.device }, null, 2)}\n`,
  );

  const { augment } = job.train;
  progress.start('features', fit.length + judged.length, 'images');
  const onProgress = (done: number) => {
    progress.update(done);
    if (signal?.aborted)
      throw new Interrupted('stopped; features computed so far are kept. Go on with the same command.');
  };
  const samples = await cacheFeatures(blank, cache, fit, {
    ...reporting,
    ...(augment === undefined ? {} : { augment, seed: job.train.seed }),
    onProgress,
  });
  const validation = await cacheFeatures(blank, cache, judged, {
    ...reporting,
    defects: copies,
    seed: job.train.seed,
    onProgress: (done) => onProgress(fit.length + done),
  });
  progress.stop();

  const began = performance.now();
  progress.start('training', 1, 'steps');
  let total = 0;
  const result = await train(blank, {
    cache,
    samples,
    validation,
    config: job.train,
    runFolder: out,
    resume: job.resume,
    ...(signal === undefined ? {} : { signal }),
    onWarning: (message) => progress.say(`note: ${message}`),
    onStep: ({ step, steps, loss }) => {
      if (total === 0) progress.start('training', steps, 'steps');
      total = steps;
      progress.update(step, `loss ${loss.toFixed(3)}`);
    },
    onEvaluate: consoleLogger(progress.say).onEvaluate,
    ...(job.tensorboard ? { loggers: [tensorboardLogger(join(out, 'tensorboard'))] } : {}),
  });
  progress.stop();
  const trainingSeconds = (performance.now() - began) / 1000;
  blank.dispose();
  try {
    if (!result.finished) return { finished: false, trainingSeconds };
    const scored = await scoreNormals(result.detector, cache, holdout, reporting);
    const calibration = calibrationOf(scored, job.alpha);
    const images: ImageSets = {
      // An image may be there several times: in tiles, in variants. Those that chose the epoch are no more to be trusted.
      fit: [...new Set([...samples, ...validation].map(({ contentHash }) => shortHash(contentHash)))],
      heldOut: scored.hashes.map(shortHash),
      test: [],
    };
    const state = {
      ...result.detector.toState(),
      calibration,
      images,
      provenance: {
        dataset: dataset.name,
        trainPictures: new Set(samples.map(({ contentHash }) => contentHash)).size,
        steps: result.best?.step ?? result.steps,
        seed: job.train.seed,
        device: job.device,
        ...(augment === undefined ? {} : { augment: augmentationText(augment) }),
      },
    };
    const detector = MintDetector.fromState(state);
    try {
      await detector.save(join(out, 'model'));
      const test: string[] = [];
      const onImage = (image: ScoredImage) => {
        test.push(shortHash(image.contentHash));
        job.onImage?.(image, detector);
        if (signal?.aborted) {
          const model = join(out, 'model');
          throw new Interrupted(`stopped; the model is saved. Judge it with mint evaluate --model ${model}.`);
        }
      };
      const metrics = await evaluateRun(detector, { ...job, reporting, onImage }, progress);
      // From now on these images may not move the limits.
      const tested = MintDetector.fromState({ ...state, images: { ...images, test } });
      await tested.saveDescription(join(out, 'model')).finally(() => tested.dispose());
      return { finished: true, trainingSeconds, calibration, ...(metrics === undefined ? {} : { metrics }) };
    } finally {
      detector.dispose();
    }
  } finally {
    result.detector.dispose();
  }
}

export interface EvaluationJob {
  readonly dataset: Dataset;
  readonly out: string;
  readonly cache: string;
  readonly device: string;
  readonly overlays: number;
  readonly classGiven?: boolean;
  readonly protocol?: EvaluationProtocolName;
  readonly reporting: { readonly onError?: (error: MintError, sample: Sample) => void };
  readonly onImage?: (image: ScoredImage, detector: MintDetector) => void;
}

/** Scores the test images, writes `metrics.json`, `report.html` and overlays. Undefined when there are no test images. */
export async function evaluateRun(
  detector: MintDetector,
  job: EvaluationJob,
  progress: Progress,
): Promise<MetricsFile | undefined> {
  const { dataset, out, device, overlays, reporting, onImage } = job;
  const tests = dataset.samples.filter(({ split }) => split === 'test').length;
  if (tests === 0) {
    progress.say('no test images: nothing to evaluate');
    return undefined;
  }
  const writer = new OverlayWriter(detector, join(out, 'overlays'), overlays);
  const report = new ReportWriter(detector, out);
  progress.start('evaluation', tests, 'images');
  const metrics = await evaluate(detector, {
    cache: featureCacheOf(job.cache, detector, { device }),
    dataset,
    backend: device,
    seed: detector.config.seed,
    classGiven: job.classGiven ?? false,
    protocol: job.protocol ?? 'own',
    ...reporting,
    onProgress: (done) => progress.update(done),
    onImage: (image) => {
      writer.add(image);
      report.add(image);
      onImage?.(image, detector);
    },
  });
  progress.stop();
  await writer.write();
  await writeFileAtomic(join(out, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  await report.write(metrics);
  return metrics;
}

/** The feature cache beside a run folder: `runs/a` and `runs/b` share `runs/feature-cache`. */
export function defaultCache(out: string): string {
  return join(dirname(out), 'feature-cache');
}

/** Checks that a model knows the classes of a data set. */
export function assertKnownClasses(detector: MintDetector, dataset: Dataset): void {
  const unknown = dataset.classes.filter((name) => !detector.config.classes.includes(name));
  if (unknown.length === 0) return;
  throw new MintError(
    'INVALID_ARGUMENT',
    `${basename(dataset.name)}: the model was not trained on ${unknown.join(', ')}; it knows ${detector.config.classes.join(', ')}. ` +
      'Choose among them with --classes.',
  );
}
