import { join } from 'node:path';
import { assertPositiveInt, MintError } from '@mint/internal';
import { readPart } from '../batches/load-sample.js';
import { openFolder } from './folder-reader.js';

/** A store of images and masks. Samples that name one are read from it when they are needed, and not copied. */
export interface ImageSource {
  /** What messages call it; holds no credentials. */
  readonly name: string;
  /** Paths of all files, parts separated by `/`. */
  readonly list: () => AsyncIterable<string>;
  /**
   * A whole file, or its bytes from the first number to before the second.
   *
   * @throws MintError `NOT_FOUND`, `UNAVAILABLE`, or `INVALID_ARGUMENT` for a path that leads out or a file over the limit.
   */
  readonly read: (path: string, range?: readonly [number, number]) => Promise<Uint8Array>;
}

/** Largest file read from a remote store: 64 million pixels of 8-bit RGB without compression fit. */
export const DEFAULT_MAX_BYTES = 200_000_000;

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

/** Collects a body that must not be longer than `maxBytes`; told before it is kept. */
export async function collect(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  assertPositiveInt('ImageSource', 'maxBytes', maxBytes);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(name, `more than ${maxBytes}`, maxBytes);
    parts.push(chunk);
  }
  return Buffer.concat(parts, length);
}

export function tooLarge(name: string, bytes: number | string, maxBytes: number): MintError {
  return new MintError(
    'INVALID_ARGUMENT',
    `${name}: the file has ${bytes} bytes, the limit is ${maxBytes}. Raise \`maxBytes\` if that is right.`,
  );
}
