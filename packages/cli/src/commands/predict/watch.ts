import { mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { MintError, oneLine } from '@mint/internal';
import { watch } from 'chokidar';
import { createQueue, type Queue } from '../../scoring/queue.js';
import { isImage, isWithin } from './inputs.js';
import type { Row, RowWriter } from './rows.js';

/** A file whose size stays the same for so long is taken to be complete, in milliseconds. */
const SETTLED = 300;

/** How often folders are looked for, in milliseconds. */
const LOOK = 1000;

const NEWLINE = 10;

/**
 * Puts images into a queue: those that lie in the folders, then each that comes or is replaced, once it is completely
 * written. Hidden files and those below `out` are no images.
 *
 * @param signal - Ends the watching and the queue.
 * @throws MintError `NOT_FOUND` when one of `folders` is no folder. Later failures, the loss of a folder too, end the queue.
 */
export async function watchImages(
  folders: readonly string[],
  { out, signal }: { readonly out?: string; readonly signal: AbortSignal },
): Promise<Queue<string>> {
  const inodes = await Promise.all(folders.map(inodeOf));
  const missing = folders.find((_, i) => inodes[i] === undefined);
  if (missing !== undefined)
    throw new MintError('NOT_FOUND', `${missing}: expected a folder to watch, there is none.`);
  const roots = folders.map((folder) => resolve(folder));
  const queue = createQueue<string>();
  const watcher = watch([...folders], {
    awaitWriteFinish: { stabilityThreshold: SETTLED, pollInterval: SETTLED / 6 },
    ignored: (path, info) =>
      (out !== undefined && isWithin(out, path)) ||
      (!roots.includes(resolve(path)) && basename(path).startsWith('.')) ||
      (info?.isFile() === true && !isImage(path)),
  });
  // A folder that went away, or another in its place, is not always told by the system.
  const looking = setInterval(async () => {
    for (const [i, folder] of folders.entries())
      if ((await inodeOf(folder)) !== inodes[i])
        end(new MintError('NOT_FOUND', `${folder}: the watched folder has gone.`));
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

/** Undefined where there is no folder. */
async function inodeOf(folder: string): Promise<number | undefined> {
  const info = await stat(folder).catch(() => undefined);
  return info?.isDirectory() ? info.ino : undefined;
}

/** Appends rows to a file, a whole line each; the header goes first. A line that a killed process left is ended. */
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
