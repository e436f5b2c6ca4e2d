import { getWeights } from '@mint/hub';
import { joinBackbones, type LoadedBackbone, loadBackbone } from '@mint/trainer';
import { flags } from './flags.js';
import type { Setting, Study } from './study.js';

const known = new Map<string, Promise<LoadedBackbone>>();

/**
 * The backbone of a setting. Without one of its own: the study's, from the file of `--weights`. Otherwise each name in it is
 * that of a file in `--weights name=file,name=file`, or of published weights, which are downloaded.
 */
export function backboneOf({ backbone: names }: Setting, study: Study): Promise<LoadedBackbone> {
  const key = names ?? '';
  const loaded = known.get(key) ?? load(names, study);
  known.set(key, loaded);
  return loaded;
}

async function load(names: string | undefined, study: Study): Promise<LoadedBackbone> {
  if (names === undefined) return loadBackbone(flags.weights, study.backbone);
  const files = new Map((flags.weights ?? '').split(',').map((item) => item.split('=') as [string, string]));
  const parts: LoadedBackbone[] = [];
  for (const name of names.split('+')) {
    const path = files.get(name) ?? (await getWeights(name)).path;
    parts.push(await loadBackbone(path));
  }
  return joinBackbones(parts);
}
