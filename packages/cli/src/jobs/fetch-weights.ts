import { cachedWeights, getWeights, WEIGHTS, type WeightsFile, type WeightsName } from '@mint/hub';
import { Interrupted, interruption } from '../shell/interruption.js';
import type { Progress } from '../shell/progress.js';

/**
 * Weights from the hub's cache, or downloaded into it with progress. Ctrl-C keeps what came so far.
 *
 * @throws Interrupted when the user stopped the download.
 * @throws MintError as `getWeights`.
 */
export async function fetchWeights(name: WeightsName, progress: Progress): Promise<WeightsFile> {
  const cached = await cachedWeights(name);
  if (cached !== undefined) return cached;
  const { repo, parameters, licence } = WEIGHTS[name];
  progress.say(`${name}: from ${repo}, about ${Math.round(4 * parameters)} MB; licence: ${licence}`);
  const { signal, release } = interruption(progress, 'stopping the download');
  let before: number | undefined;
  try {
    return await getWeights(name, {
      signal,
      onProgress: ({ bytes, totalBytes }) => {
        if (before === undefined) {
          before = bytes;
          progress.start(`download of ${name}`, megabytes(totalBytes - bytes), 'MB');
        }
        progress.update(megabytes(bytes - before));
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted('stopped; what was downloaded is kept. Go on with the same command.');
  } finally {
    progress.stop();
    release();
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
