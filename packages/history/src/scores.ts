import { setImmediate } from 'node:timers/promises';
import type { Database } from './database.js';
import type { Cursor, Filter } from './read.js';

/** Which scores are meant. */
export type ScoreFilter = Pick<Filter, 'from' | 'to'> & {
  /** Class whose scores they are. */
  readonly className: string;
};

/** Rows at a time: SQLite stops the process while it reads, and a station must not wait. */
const PAGE = 10_000;

/** A class's scores in ascending order, from its index alone. */
export async function readScores(database: Database, filter: ScoreFilter): Promise<Float64Array> {
  const scores: number[] = [];
  let last: Cursor | undefined;
  do {
    const rows = await page(database, filter, last);
    for (const { score } of rows) if (score !== null) scores.push(score);
    last = rows.length < PAGE ? undefined : rows.at(-1);
    await setImmediate();
  } while (last !== undefined);
  return Float64Array.from(scores).sort();
}

function page({ db }: Database, { from, to, className }: ScoreFilter, after: Cursor | undefined) {
  let query = db.selectFrom('decisions').select(['time', 'id', 'score']).where('class', '=', className);
  if (from !== undefined) query = query.where('time', '>=', from);
  if (to !== undefined) query = query.where('time', '<', to);
  if (after !== undefined)
    query = query.where((row) => row(row.refTuple('time', 'id'), '<', row.tuple(after.time, after.id)));
  return query.orderBy('time', 'desc').orderBy('id', 'desc').limit(PAGE).execute();
}

/** For each threshold, how many of a class's scores are at least as large. */
export async function readAlarms(
  database: Database,
  filter: ScoreFilter,
  thresholds: readonly number[],
): Promise<number[]> {
  const scores = await readScores(database, filter);
  return thresholds.map((threshold) => scores.length - firstAtLeast(scores, threshold));
}

/** Index of the first value that is at least as large, in ascending values. */
function firstAtLeast(values: Float64Array, least: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Number.NaN) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
