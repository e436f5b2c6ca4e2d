import { mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isLitter } from '@mint/data';
import { MintError, oneLine } from '@mint/internal';
import { watch } from 'chokidar';
import { createQueue, type Queue } from '../../scoring/queue.js';
import { isImage, isWithin } from './inputs.js';
import type { Row, RowWriter } from './rows.js';

/** A file is complete when its size has stayed the same for this many milliseconds. */
const SETTLED = 300;

/** How often the folders are checked, in milliseconds. */
const LOOK = 1000;

const NEWLINE = 10;

/**
 * Puts images into a queue: first those in the folders, then each new or replaced one, once it is completely written. Hidden
 * files and files below `out` are left out.
 *
 * @param options - `signal` ends the watching and the queue.
 * @throws MintError `NOT_FOUND` when one of `folders` is not a folder. Later failures, such as the loss of a folder, end the queue.
 */
export async function watchImages(
  folders: readonly string[],
  { out, signal }: { readonly out?: string | undefined; readonly signal: AbortSignal },
): Promise<Queue<string>> {
  const inodes = await Promise.all(folders.map(inodeOf));
  const missing = folders.find((_, i) => inodes[i] === undefined);
  if (missing !== undefined)
    throw new MintError('NOT_FOUND', `${missing}: expected a folder to watch, but there is none.`);
  const roots = folders.map((folder) => resolve(folder));
  const queue = createQueue<string>();
  const watcher = watch([...folders], {
    awaitWriteFinish: { stabilityThreshold: SETTLED, pollInterval: SETTLED / 6 },
    ignored: (path, info) =>
      (out !== undefined && isWithin(out, path)) ||
      (!roots.includes(resolve(path)) && isLitter(basename(path))) ||
      (info?.isFile() === true && !isImage(path)),
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
  watcher.on('add', (path) => queue.push(path));
  watcher.on('change', (path) => queue.push(path));
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

/** Undefined when there is no folder. */
async function inodeOf(folder: string): Promise<number | undefined> {
  const info = await stat(folder).catch(() => undefined);
  return info?.isDirectory() ? info.ino : undefined;
}

/** Appends rows to a file, one line each, with the header first. A line that a killed process left half written is ended. */
export async function appendRows(
  path: string,
  { header, line }: RowWriter,
  rows: readonly Row[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    const last = new Uint8Array(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    const start = size === 0 ? (header ?? []) : last[0] === NEWLINE ? [] : '';
    await file.appendFile([start, rows.map(line), ''].flat().join('\n'));
  } finally {
    await file.close();
  }
}
