import { join } from 'node:path';
import type { Calibration, MintDetector } from '@mint/detector';
import {
  consoleLogger,
  lockFolder,
  type MetricsFile,
  recordTestImages,
  type ScoredImage,
  type Suspect,
  type TrainedDetector,
  type TrainingJob,
  TrainingStopped,
  tensorboardLogger,
  trainDetector,
} from '@mint/trainer';
import { reportSuspects } from '../output/suspects.js';
import { Interrupted } from '../shell/interruption.js';
import type { Progress } from '../shell/progress.js';
import { type EvaluationJob, evaluateInto } from './evaluate.js';
import { jobHooks } from './hooks.js';

/** What {@link trainAndEvaluate} is to do. */
export interface Job
  extends Omit<TrainingJob, 'out' | 'device'>,
    Pick<EvaluationJob, 'device' | 'overlays' | 'protocol' | 'strict'> {
  /** The run folder. */
  readonly out: string;
  /** Writes what TensorBoard shows to `tensorboard/` in the run folder. @defaultValue false */
  readonly tensorboard?: boolean | undefined;
  /** What a user can do when the training was stopped: ends the message of the error. */
  readonly afterStop: string;
  /** Sees each test image. */
  readonly onImage?: ((image: ScoredImage, detector: MintDetector) => void) | undefined;
}

/** What {@link trainAndEvaluate} gives. */
export interface FinishedJob {
  /** Absent when the data set has no test images. */
  readonly metrics: MetricsFile | undefined;
  readonly calibration: Calibration | undefined;
  /** Good images that look unlike their class. */
  readonly suspects: readonly Suspect[];
  /** How long the training took, without features and calibration. */
  readonly trainingSeconds: number;
}

/**
 * Everything from images to a model folder and `metrics.json`: features, training, calibration, evaluation.
 *
 * @throws Interrupted when the job's signal was aborted, once the work so far is saved.
 * @throws MintError `IN_USE` when another process works in the run folder, `DISK_FULL` when the disk has too little space.
 */
export async function trainAndEvaluate(job: Job, progress: Progress): Promise<FinishedJob> {
  const release = await lockFolder(
    job.out,
    (note) => progress.say(`note: ${note}`),
    (lost) => {
      // Nothing may be written any more, whatever is under way: this ends the command.
      throw lost;
    },
  );
  try {
    const { detector, suspects, seconds } = await trained(job, progress);
    try {
      const shown = await reportSuspects(suspects, detector, job.out, progress);
      const metrics = await evaluated({ ...job, suspects: shown }, detector, progress);
      return { metrics, calibration: detector.calibration, suspects, trainingSeconds: seconds };
    } finally {
      detector.dispose();
    }
  } finally {
    release();
  }
}

async function trained(job: Job, progress: Progress): Promise<TrainedDetector> {
  try {
    return await trainDetector(job, {
      ...jobHooks(progress, job.strict),
      onEvaluate: consoleLogger((text) => progress.say(text)).onEvaluate,
      loggers: job.tensorboard ? [tensorboardLogger(join(job.out, 'tensorboard'))] : [],
    });
  } catch (error) {
    if (!(error instanceof TrainingStopped)) throw error;
    throw new Interrupted(
      error.stage === 'features'
        ? 'stopped; features computed so far are kept. Go on with the same command.'
        : `stopped; ${job.afterStop}`,
    );
  }
}

/** Scores the test images and notes in the model that it was tested on them. */
async function evaluated(
  job: Job & Pick<EvaluationJob, 'suspects'>,
  detector: MintDetector,
  progress: Progress,
): Promise<MetricsFile | undefined> {
  const model = join(job.out, 'model');
  const tested: string[] = [];
  const onImage = (image: ScoredImage) => {
    tested.push(image.contentHash);
    job.onImage?.(image, detector);
    if (job.signal?.aborted)
      throw new Interrupted(`stopped; the model is saved. Evaluate it with mint evaluate --model ${model}.`);
  };
  const metrics = await evaluateInto({ ...job, onImage }, detector, progress);
  await recordTestImages(model, detector, tested);
  return metrics;
}
