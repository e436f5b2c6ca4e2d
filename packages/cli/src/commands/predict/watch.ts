import { lstatSync, realpathSync } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isLitter } from '@mint/data';
import { MintError, oneLine } from '@mint/internal';
import { isOverlayFile } from '@mint/internal/node';
import { watch } from 'chokidar';
import { createQueue, type Queue } from '../../scoring/queue.js';
import { isImage, isWithin } from './inputs.js';
import type { Row, RowWriter } from './rows.js';

/** A file is complete when its size has stayed the same for this many milliseconds. */
const SETTLED = 300;

/** How often the folders are checked, in milliseconds. */
const LOOK = 1000;

const NEWLINE = 10;
const QUOTE = 34;

/**
 * Puts images into a queue: first those in the folders, then each new or replaced one, once it is completely written. Hidden
 * files, overlays that were written before, and links to a folder above are left out.
 *
 * @param signal - Ends the watching and the queue.
 * @throws MintError `NOT_FOUND` when one of `folders` is not a folder. Later failures, such as the loss of a folder, end the queue.
 */
export async function watchImages(folders: readonly string[], signal: AbortSignal): Promise<Queue<string>> {
  const inodes = await Promise.all(folders.map(inodeOf));
  const missing = folders.find((_, i) => inodes[i] === undefined);
  if (missing !== undefined)
    throw new MintError('NOT_FOUND', `${missing}: expected a folder to watch, but there is none.`);
  const roots = folders.map((folder) => resolve(folder));
  const queue = createQueue<string>();
  const watcher = watch([...folders], {
    awaitWriteFinish: { stabilityThreshold: SETTLED, pollInterval: SETTLED / 6 },
    ignored: (path, info) =>
      (!roots.includes(resolve(path)) && isLitter(basename(path))) ||
      (info?.isFile() === true && !isImage(path)) ||
      (info?.isDirectory() === true && leadsUp(path)),
  });
  // The system does not always report that a folder has gone, or that another one has taken its place.
  const looking = setInterval(async () => {
    for (const [i, folder] of folders.entries())
      if ((await inodeOf(folder)) !== inodes[i])
        end(new MintError('NOT_FOUND', `${folder}: the watched folder is gone.`));
  }, LOOK);
  const end = (error?: Error) => {
    clearInterval(looking);
    queue.end(error);
    void watcher.close();
  };
  const take = async (path: string) => {
    if (!(await isOverlayFile(path))) queue.push(path);
  };
  watcher.on('add', take);
  watcher.on('change', take);
  watcher.on('error', (error) =>
    end(
      new MintError('UNAVAILABLE', `${folders.join(', ')}: cannot be watched: ${oneLine(error)}.`, {
        cause: error,
      }),
    ),
  );
  signal.addEventListener('abort', () => end(), { once: true });
  return queue;
}

/** Whether a folder is a link to one that contains it: below it, the same images would come again and again. */
function leadsUp(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink() && isWithin(realpathSync(path), realpathSync(dirname(path)));
  } catch {
    return false;
  }
}

/** Undefined when there is no folder. */
async function inodeOf(folder: string): Promise<number | undefined> {
  const info = await stat(folder).catch(() => undefined);
  return info?.isDirectory() ? info.ino : undefined;
}

/** Appends rows to a file, one line each, with the header first. */
export async function appendRows(
  path: string,
  { header, line }: RowWriter,
  rows: readonly Row[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    const start = size === 0 ? (header ?? []) : [];
    await file.appendFile([start, rows.map(line), ''].flat().join('\n'));
  } finally {
    await file.close();
  }
}

/**
 * Removes the end of a file of rows that a killed process left half written. Its image still lies in the watched folder and is scored
 * again.
 */
export async function removeTornRow(path: string, { header }: RowWriter): Promise<void> {
  const file = await open(path, 'r+').catch(() => undefined);
  if (file === undefined) return;
  try {
    let [size, whole, quoted] = [0, 0, false];
    for await (const part of file.createReadStream({ autoClose: false, start: 0 })) {
      for (const byte of part as Buffer) {
        size += 1;
        // In CSV, a name in quotes may have a newline; JSON escapes it.
        if (byte === QUOTE && header !== undefined) quoted = !quoted;
        else if (byte === NEWLINE && !quoted) whole = size;
      }
    }
    if (whole < size) await file.truncate(whole);
  } finally {
    await file.close();
  }
}
