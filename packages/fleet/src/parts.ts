import { MintError } from '@mint/internal';
import type { Store } from './store/store.js';

// A batch's files in its store. Each part is the result of one job: it appears whole, under a name that follows from the job, so a
// job that is done twice leaves one result.

/** What the batch is. */
export const BATCH_FILE = 'batch.json';
/** All results, in the order of the images. */
const RESULTS_FILE = 'results.jsonl';
/** Those of images that could not be read. */
const UNREADABLE_FILE = 'unreadable.jsonl';

const partFile = (n: number): string => `parts/${String(n).padStart(6, '0')}.jsonl`;

/** Whether a line of results is about an image that could not be read. */
export const isUnreadable = (line: string): boolean =>
  line.includes('"unreadable"') && JSON.parse(line).decision === 'unreadable';

/** The lines of a job's result; undefined when there is none. */
export async function readPart(store: Store, n: number): Promise<string[] | undefined> {
  const bytes = await store.read(partFile(n));
  return bytes && new TextDecoder().decode(bytes).split('\n').slice(0, -1);
}

export const writePart = (store: Store, n: number, lines: readonly string[]): Promise<void> =>
  store.write(partFile(n), lines.map((line) => `${line}\n`).join(''));

/** Parts that are read ahead of the one that is written. */
const AHEAD = 16;

/** How many lines a batch's results have. */
export interface Merged {
  readonly lines: number;
  readonly unreadable: number;
}

/**
 * Joins the results of all jobs into one file, and lists the images that could not be read in another.
 *
 * @throws MintError `NOT_FOUND` naming a part that is missing.
 */
export async function merge(store: Store, jobs: number): Promise<Merged> {
  let [lines, unreadable] = [0, 0];
  const counted = partsOf(store, jobs, (line) => {
    lines += 1;
    if (isUnreadable(line)) unreadable += 1;
    return true;
  });
  await store.write(RESULTS_FILE, counted);
  await store.write(UNREADABLE_FILE, unreadable === 0 ? '' : partsOf(store, jobs, isUnreadable));
  return { lines, unreadable };
}

/** The lines of all parts that `takes` takes, in order. */
async function* partsOf(
  store: Store,
  jobs: number,
  takes: (line: string) => boolean,
): AsyncGenerator<string> {
  const reading: Promise<string[] | undefined>[] = [];
  for (let n = 0; n < jobs; n++) {
    for (let next = n + reading.length; reading.length < AHEAD && next < jobs; next++) {
      const part = readPart(store, next);
      // Thrown when its turn comes.
      part.catch(() => {});
      reading.push(part);
    }
    const part = await reading.shift();
    if (part === undefined)
      throw new MintError(
        'NOT_FOUND',
        `${store.name}: ${partFile(n)} is missing, the result of a job that is done. Submit the batch with another --out.`,
      );
    const taken = part.filter(takes);
    if (taken.length > 0) yield `${taken.join('\n')}\n`;
  }
}
