import { parseArgs } from 'node:util';
import { type Dataset, loadMvtec, proceduralDataset } from '@mint/data';

export const { values: flags } = parseArgs({
  options: { data: { type: 'string' }, weights: { type: 'string' } },
});

/** The folder given, or else the procedural data set: a stand-in, and named as one in every table. */
export const loadData = async (): Promise<Dataset> =>
  flags.data === undefined ? proceduralDataset() : await loadMvtec(flags.data);
