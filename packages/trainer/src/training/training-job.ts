import type { Dataset } from '@mint/data';
import type { Calibration, CreateOptions, DetectorConfig } from '@mint/detector';
import type { TrainConfig } from '../config/train-config.js';
import type { BackboneOrigin } from '../features/load-backbone.js';
import type { JobHooks } from '../logging/job-hooks.js';
import type { TrainHooks } from '../logging/train-events.js';

/** A training from images to a saved model; see `trainDetector`. */
export interface TrainingJob {
  /** The detector learns its good training images. */
  readonly dataset: Dataset;
  /** The detector to train. */
  readonly detector: DetectorConfig;
  /** Weights of its backbone, as from `loadBackbone`. Default: none, for a backbone that needs none. */
  readonly weights?: CreateOptions['backbone'] | undefined;
  /** Where these weights come from, as from `loadBackbone`; for the records of the training. */
  readonly origin?: BackboneOrigin | undefined;
  /** Rounds the weights of the backbone to float16, before anything is learned; see `halfBackbone`. @defaultValue false */
  readonly half?: boolean | undefined;
  /** Every number of the training. */
  readonly train: TrainConfig;
  /** False-alarm rate of the thresholds, in (0, 1). Without it the detector is not calibrated. */
  readonly alpha?: number | undefined;
  /** Review rate of the thresholds, above `alpha`. Default: no image is reviewed. */
  readonly reviewAlpha?: number | undefined;
  /** Where images are looked at, by class; tokens outside are not learned. Default: whole images. */
  readonly regionsOfInterest?: Calibration['regionsOfInterest'];
  /** Folder of the feature cache; runs on the same images can share it. */
  readonly cache: string;
  /** Run folder: gets `config.json`, `log.jsonl`, `checkpoints/` and `model/`. Without it no model is written. */
  readonly out?: string | undefined;
  /** What computes, for the cache and the model's provenance. @defaultValue `tf.getBackend()` */
  readonly device?: string | undefined;
  /** Goes on from the last checkpoint of the run folder. @defaultValue false */
  readonly resume?: boolean | undefined;
  /** Starts afresh in a run folder with checkpoints, and removes them; without it such a folder is refused. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** When aborted, what was computed so far is saved, and the job throws {@link TrainingStopped}. */
  readonly signal?: AbortSignal | undefined;
}

/** Hooks of a training job: its stages, and each step and epoch. */
export interface TrainingHooks extends JobHooks, TrainHooks {
  /** More hooks, called after the ones given here. */
  readonly loggers?: readonly TrainHooks[] | undefined;
}

/** Thrown by `trainDetector` when its signal was aborted, after what was computed so far is saved. */
export class TrainingStopped extends Error {
  /** Name of the error. */
  override readonly name = 'TrainingStopped';
  /** Where the job stopped: with features in the cache, or with a checkpoint in the run folder. */
  readonly stage: 'features' | 'training';

  constructor(stage: 'features' | 'training') {
    super(`training stopped during the stage '${stage}'.`);
    this.stage = stage;
  }
}
