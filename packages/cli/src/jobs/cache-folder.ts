import { dirname, join, resolve } from 'node:path';

/**
 * The folder of the feature cache. Without `--cache` it lies beside the run folder, so that `runs/a` and `runs/b` share
 * `runs/feature-cache`.
 *
 * @param given - Value of `--cache`.
 * @param run - The run folder; it holds the model folder `model`.
 */
export const cacheFolder = (given: string | undefined, run: string): string =>
  resolve(given ?? join(dirname(resolve(run)), 'feature-cache'));
