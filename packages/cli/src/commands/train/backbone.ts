import { backboneInfo } from '@mint/backbone';
import { MintError } from '@mint/internal';
import { joinBackbones, type LoadedBackbone, loadBackbone } from '@mint/trainer';
import { fetchWeights } from '../../jobs/fetch-weights.js';
import type { BackboneName } from '../../shell/backbones.js';
import type { Progress } from '../../shell/progress.js';
import type { TrainSettings } from './settings.js';

/** What is taken when nothing is named. */
const DEFAULT: readonly BackboneName[] = ['efficientnet_b4'];

/**
 * The backbone that is named, from the hub or from files; nothing weaker takes its place. Several are joined.
 *
 * @throws MintError `INVALID_ARGUMENT` when a name and a file are given; those of `getWeights` and `loadBackbone`.
 */
export async function chooseBackbone(
  { backbone: names, weights: paths }: Pick<TrainSettings, 'backbone' | 'weights'>,
  progress: Progress,
): Promise<LoadedBackbone> {
  if (names !== undefined && paths !== undefined) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `--backbone ${names.join('+')} and --weights ${paths.join(',')}: give one of them. A file is recognised by its tensors; it needs no name.`,
    );
  }
  const parts: LoadedBackbone[] = [];
  for (const path of paths ?? []) parts.push(await loadBackbone(path));
  for (const name of paths === undefined ? (names ?? DEFAULT) : []) parts.push(await byName(name, progress));
  for (const part of parts) progress.say(descriptionOf(part));
  return joinBackbones(parts);
}

async function byName(name: BackboneName, progress: Progress): Promise<LoadedBackbone> {
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
