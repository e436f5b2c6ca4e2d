import type { JobHooks } from '@mint/trainer';
import type { Progress } from '../shell/progress.js';

/**
 * Shows a job at the terminal: a bar for each stage, a line for each note and for each image that is left out.
 *
 * @param strict - The first unreadable image ends the job instead of being left out.
 */
export function jobHooks(progress: Progress, strict: boolean | undefined): JobHooks {
  return {
    onStage: ({ title, total, unit }) => progress.start(title, total, unit),
    onProgress: (done, remark) => progress.update(done, remark),
    onStageEnd: () => progress.stop(),
    onNote: (note) => progress.say(`note: ${note}`),
    onError: strict ? undefined : (error) => progress.say(`left out: ${error.message}`),
  };
}
