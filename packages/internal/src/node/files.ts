import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MintError } from '../error.js';
import { oneLine } from '../text/text.js';

/** Lower-case hexadecimal SHA-256. */
export function sha256(...parts: (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** What a file is to hold: at once, or as it comes. */
export type FileContent = Uint8Array | string | AsyncIterable<string>;

/**
 * Writes files so that a reader sees either the old content or the new, never a part: all are written to temporary names in
 * their folders, flushed, then renamed one after the other. Missing folders are made. When this returns, names and content
 * survive a power cut; a cut before leaves each file old or new.
 *
 * @throws MintError `DISK_FULL` when no space is left, `UNAVAILABLE` when a file cannot be written for another reason; the old
 * content remains.
 */
export async function writeFilesAtomic(
  files: readonly { path: string; content: FileContent }[],
): Promise<void> {
  const staged = files.map(({ path, content }) => ({
    path,
    content,
    temporary: join(dirname(path), `.${randomBytes(6).toString('hex')}.part`),
  }));
  const folders = new Set<string>();
  let current = '';
  try {
    for (const { path, content, temporary } of staged) {
      current = path;
      for (const folder of await makeFolder(dirname(path))) folders.add(folder);
      await writeSynced(temporary, content);
    }
    for (const { path, temporary } of staged) {
      current = path;
      await rename(temporary, path);
    }
    for (const folder of folders) await syncFolder(folder);
  } catch (error) {
    await Promise.allSettled(staged.map(({ temporary }) => rm(temporary, { force: true })));
    throw cannotWrite(current, error);
  }
}

/** {@link writeFilesAtomic} for one file. */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  await writeFilesAtomic([{ path, content }]);
}

function cannotWrite(path: string, error: unknown): MintError {
  // Of content that comes while it is written.
  if (MintError.isInstance(error)) return error;
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `${path}: no space left on the disk; free some and run again. Nothing was overwritten.`;
    return new MintError('DISK_FULL', message, { cause: error });
  }
  return new MintError('UNAVAILABLE', `${path}: cannot be written: ${oneLine(error)}.`, { cause: error });
}

async function writeSynced(path: string, content: FileContent): Promise<void> {
  const file = await open(path, 'wx');
  try {
    // What comes while it is written is no argument of the handle's own method.
    if (typeof content === 'string' || content instanceof Uint8Array) await file.writeFile(content);
    else await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder and those above it. Gives the folders whose list of names is to be synced: its own, and those of new ones. */
async function makeFolder(folder: string): Promise<string[]> {
  const first = await mkdir(folder, { recursive: true });
  const changed = [folder];
  for (let at = resolve(folder); first !== undefined && at.length >= resolve(first).length; at = dirname(at))
    changed.push(dirname(at));
  return changed;
}

/** Some file systems cannot sync a folder, and Windows cannot open one: it writes names in order by itself. */
const UNSUPPORTED: readonly (string | undefined)[] = ['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EACCES'];

/** Writes a folder's list of names to the disk: until then a power cut can undo a rename. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!UNSUPPORTED.includes(errorCode(error))) throw error;
  }
}

/**
 * Reads a whole file that must exist. A pipe or a device is refused: it may never end.
 *
 * @param what - What the file is for, such as "weights".
 * @param maxBytes - More than any real file has; a larger file is refused before it is read. @defaultValue no limit
 * @param options - `follow`: a symbolic link is followed, default true. (Windows always follows.)
 * @throws MintError `NOT_FOUND` naming path and purpose, `CORRUPT_FILE` when it is too large, or a link that is not followed.
 */
export async function readFileOf(
  what: string,
  path: string,
  maxBytes = Number.POSITIVE_INFINITY,
  { follow = true }: { readonly follow?: boolean | undefined } = {},
): Promise<Uint8Array> {
  const flags = [constants.O_NONBLOCK, follow ? 0 : constants.O_NOFOLLOW];
  let file: FileHandle | undefined;
  try {
    // Does not wait even if it is a pipe that nobody writes to. (Windows has neither the flags nor such pipes.)
    file = await open(
      path,
      flags.reduce((all, flag = 0) => all | flag, constants.O_RDONLY),
    );
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size <= maxBytes) return await file.readFile();
    const message = `${path}: expected the ${what} in at most ${maxBytes} bytes, it has ${stat.size}.`;
    throw new MintError('CORRUPT_FILE', message);
  } catch (error) {
    if (MintError.isInstance(error)) throw error;
    if (!follow && errorCode(error) === 'ELOOP') {
      const message = `${path}: is a link; expected the file itself. Copy it here.`;
      throw new MintError('CORRUPT_FILE', message, { cause: error });
    }
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
