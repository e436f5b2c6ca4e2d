import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { oneLine } from '../checks.js';
import { MintError } from '../error.js';

/** Lower-case hexadecimal SHA-256. */
export function sha256(...parts: (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * Writes files so that a reader sees either the old content or the new, never a part: all are written to temporary names in
 * their folders, flushed, then renamed one after the other. Missing folders are made.
 *
 * @throws MintError `DISK_FULL` when no space is left, `UNAVAILABLE` when a file cannot be written for another reason; the old
 * content remains.
 */
export async function writeFilesAtomic(
  files: readonly { path: string; content: Uint8Array | string }[],
): Promise<void> {
  const staged = files.map(({ path, content }) => ({
    path,
    content,
    temporary: join(dirname(path), `.${randomBytes(6).toString('hex')}.part`),
  }));
  for (const { path, content, temporary } of staged) {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await Promise.allSettled(staged.map(({ temporary }) => rm(temporary, { force: true })));
      const code = errorCode(error);
      if (code === 'ENOSPC' || code === 'EDQUOT') {
        const message = `${path}: no space left on the disk; free some and run again. Nothing was overwritten.`;
        throw new MintError('DISK_FULL', message, { cause: error });
      }
      throw new MintError('UNAVAILABLE', `${path}: cannot be written: ${oneLine(error)}.`, { cause: error });
    }
  }
  for (const { path, temporary } of staged) await rename(temporary, path);
}

/** {@link writeFilesAtomic} for one file. */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  await writeFilesAtomic([{ path, content }]);
}

/**
 * Reads a whole file that must exist. A pipe or a device is refused: it may never end.
 *
 * @param what - What the file is for, such as "weights".
 * @param maxBytes - More than any real file has; a larger file is refused before it is read. @defaultValue no limit
 * @throws MintError `NOT_FOUND` naming path and purpose, `CORRUPT_FILE` when it is too large.
 */
export async function readFileOf(
  what: string,
  path: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // Does not wait even if it is a pipe that nobody writes to. (Windows has neither the flag nor such pipes.)
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size <= maxBytes) return await file.readFile();
    const message = `${path}: expected the ${what} in at most ${maxBytes} bytes, it has ${stat.size}.`;
    throw new MintError('CORRUPT_FILE', message);
  } catch (error) {
    if (MintError.isInstance(error)) throw error;
    const reason = errorCode(error) === 'ENOENT' ? 'there is no such file' : oneLine(error);
    throw new MintError('NOT_FOUND', `${path}: cannot read the ${what}: ${reason}.`, { cause: error });
  } finally {
    await file?.close();
  }
}

/** The `code` of a Node.js system error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return undefined;
}
