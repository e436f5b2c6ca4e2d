import type { Dataset } from '@mint/data';
import type { Progress } from '../shell/progress.js';

/** Says how a data set on the disk was read. */
export function sayLayout(
  { name, layout }: Pick<Dataset, 'name' | 'layout'>,
  { say }: Pick<Progress, 'say'>,
): void {
  if (layout !== undefined) say(`${name}, read as: ${layout}`);
}

/** Says how a data set on the disk was read, and its warnings. */
export function sayWhatWasRead(
  dataset: Pick<Dataset, 'name' | 'layout' | 'warnings'>,
  progress: Pick<Progress, 'say'>,
): void {
  sayLayout(dataset, progress);
  for (const warning of dataset.warnings) progress.say(`note: ${warning}`);
}
