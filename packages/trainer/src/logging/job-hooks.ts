import type { Sample } from '@mint/data';
import type { MintError } from '@mint/internal';

/** A part of a job whose progress can be counted. */
export interface Stage {
  /** Names the stage, as in a progress bar: `features`, `training`. */
  readonly title: string;
  /** Units of the whole stage. Of a training it is 1 until the first step, when the number of steps is known. */
  readonly total: number;
  /** What is counted. */
  readonly unit: 'images' | 'steps';
}

/** Hooks of a job. Without hooks a job prints nothing, and an unreadable image ends it. */
export interface JobHooks {
  /** A stage begins, in place of the one before. */
  readonly onStage?: ((stage: Stage) => void) | undefined;
  /** Units of the stage done so far, and sometimes a remark such as the loss. */
  readonly onProgress?: ((done: number, remark?: string) => void) | undefined;
  /** The stage ended. Not called when the job fails. */
  readonly onStageEnd?: (() => void) | undefined;
  /** Called with notes that do not stop the job, such as a warning of the data set. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** An image that cannot be read is reported here and left out; without it the error is thrown. */
  readonly onError?: ((error: MintError, sample: Sample) => void) | undefined;
}
