import { backboneInfo } from '@mint/backbone';
import { MintError } from '@mint/internal';
import { type LoadedBackbone, loadBackbone } from '@mint/trainer';
import { fetchWeights } from '../../jobs/fetch-weights.js';
import type { Progress } from '../../shell/progress.js';
import type { TrainSettings } from './settings.js';

/** What is taken when nothing is named. */
const DEFAULT = 'efficientnet_b4';

/**
 * The backbone that is named, from the hub or from a file; nothing weaker takes its place.
 *
 * @throws MintError `INVALID_ARGUMENT` when a name and a file are given; those of `getWeights` and `loadBackbone`.
 */
export async function chooseBackbone(
  { backbone: name, weights: path }: Pick<TrainSettings, 'backbone' | 'weights'>,
  progress: Progress,
): Promise<LoadedBackbone> {
  if (name !== undefined && path !== undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `--backbone ${name} and --weights ${path}: give one of them. A file is recognised by its tensors; it needs no name.`,
    );
  }
  const loaded = await (path !== undefined ? loadBackbone(path) : byName(name ?? DEFAULT, progress));
  progress.say(descriptionOf(loaded));
  return loaded;
}

async function byName(
  name: NonNullable<TrainSettings['backbone']>,
  progress: Progress,
): Promise<LoadedBackbone> {
  if (name === 'scattering') return loadBackbone(undefined);
  const { path, revision, sha256, licence } = await fetchWeights(name, progress);
  return { ...(await loadBackbone(path)), origin: { name, revision, sha256, licence } };
}

function descriptionOf({ backbone, found, origin }: LoadedBackbone): string {
  const title = found === undefined ? backbone.kind : `${origin?.name}, ${found.title}`;
  const licence = origin?.licence === undefined ? '' : `; licence: ${origin.licence}`;
  const channels = `${backboneInfo(backbone).totalChannels} feature channels`;
  return `backbone: ${title}, ${channels}${licence}`;
}
