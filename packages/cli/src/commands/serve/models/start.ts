import { MintError } from '@mint/internal';
import type { ServeFlags } from '../flags.js';
import type { Engine } from '../scoring/engine.js';
import { startThreads } from '../threads/threaded-engine.js';
import { activated, firstVersion, openModels, type Version } from './store.js';
import type { Models } from './switch.js';

/** What the flags say about models. */
export interface StartModels {
  /** Undefined under `--model`. */
  readonly models: Models | undefined;
  /** Makes the first model ready. */
  readonly first: () => Promise<Engine>;
  /** What is scored beside it. */
  readonly shadow: Version | undefined;
}

/** @throws MintError `INVALID_ARGUMENT`, `NOT_FOUND` for flags that name no model. */
export async function modelsOf(flags: ServeFlags, say: (text: string) => void): Promise<StartModels> {
  const { model, models: folder, active, shadow, history } = flags;
  if ((model === undefined) === (folder === undefined))
    throw new MintError(
      'INVALID_ARGUMENT',
      'mint serve: expected either --model <folder> or --models <folder>.',
    );
  if (model !== undefined) {
    if ((active ?? shadow) !== undefined)
      throw new MintError(
        'INVALID_ARGUMENT',
        'mint serve: --active and --shadow name a version of --models.',
      );
    return { models: undefined, first: () => startThreads({ ...flags, model, say }), shadow: undefined };
  }
  if (shadow !== undefined && history === undefined) {
    const message =
      'mint serve: --shadow is compared in the record of decisions; give --history <file.sqlite>.';
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const store = await openModels(folder ?? '');
  const load: Models['load'] = (at, named) => startThreads({ ...flags, model: at, named, say });
  const version = active === undefined ? await firstVersion(store) : versionIn('--active', active);
  const at = await store.folderOf(version);
  const first = async () => {
    const engine = await load(at, version);
    await store.write(activated(await store.read(), version));
    return engine;
  };
  return {
    models: { store, load },
    first,
    shadow: shadow === undefined ? undefined : versionIn('--shadow', shadow),
  };
}

function versionIn(flag: string, text: string): Version {
  const [name = '', version = '', ...more] = text.split('/');
  if (name !== '' && version !== '' && more.length === 0) return { name, version };
  throw new MintError('INVALID_ARGUMENT', `${flag} ${text}: expected <name>/<version>, such as parts/2.`);
}
