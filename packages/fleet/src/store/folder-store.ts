import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { errorCode, readFileOf, writeFileAtomic } from '@mint/internal/node';
import type { Store } from './store.js';

/** A folder, for several machines one on a share. It is made when the first file is written. */
export function folderStore(where: string): Store {
  const root = resolve(where);
  return {
    name: root,
    read: async (path) => {
      try {
        return await readFileOf('results', join(root, path));
      } catch (error) {
        if (MintError.isInstance(error) && errorCode(error.cause) === 'ENOENT') return undefined;
        throw unavailable(join(root, path), error);
      }
    },
    write: (path, content) => writeFileAtomic(join(root, path), content),
    async *list(prefix) {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      for (const path of await filesBelow(root, folder)) if (path.startsWith(prefix)) yield path;
    },
  };
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    const below = entries
      // Hidden files are half-written ones, and claims on the folder.
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry) => {
        const path = `${folder}${entry.name}`;
        return entry.isDirectory() ? filesBelow(root, `${path}/`) : [path];
      });
    return (await Promise.all(below)).flat();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw unavailable(join(root, folder), error);
  }
}

/** A share that is away for a moment is no reason to give up a job. */
const unavailable = (path: string, error: unknown): MintError =>
  new MintError('UNAVAILABLE', `${path}: cannot be read: ${oneLine(error)}.`, { cause: error });
