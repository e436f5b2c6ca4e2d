import { join } from 'node:path';
import { MintError } from '@mint/internal';
import type { ImageSource } from '../types.js';
import { openFolder } from './folder-reader.js';
import { readPart } from './read.js';

/**
 * A local folder as a source; links and paths that lead out of it are refused.
 *
 * See the example of {@link fromSource}.
 *
 * @throws MintError `NOT_FOUND` when it is missing or a file.
 */
export async function folderSource(root: string): Promise<ImageSource> {
  const reader = await openFolder(root);
  return {
    name: reader.root,
    async *list() {
      yield* await reader.walk();
    },
    async read(path, range) {
      const found = await reader.locate(path);
      if (found === undefined)
        throw new MintError('NOT_FOUND', `${join(reader.root, path)}: there is no such file.`);
      return readPart(found, range);
    },
  };
}
