import type { Dataset } from '@mint/data';
import type { Progress } from '../shell/progress.js';
import { folderTree } from './folder-tree.js';

/** Says how a data set on the disk was read: in a sentence, and as a tree with what each folder was read as. */
export function sayLayout(
  { name, layout, folders = [] }: Pick<Dataset, 'name' | 'layout' | 'folders'>,
  { say }: Pick<Progress, 'say'>,
): void {
  if (layout !== undefined) say(`${name}, read as: ${layout}`);
  if (folders.length > 0) say(folderTree(folders).join('\n'));
}

/** Says how a data set on the disk was read, and its warnings. */
export function sayWhatWasRead(
  dataset: Pick<Dataset, 'name' | 'layout' | 'folders' | 'warnings'>,
  progress: Pick<Progress, 'say'>,
): void {
  sayLayout(dataset, progress);
  for (const warning of dataset.warnings) progress.say(`note: ${warning}`);
}
