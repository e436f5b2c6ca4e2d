import { MintError } from '@mint/internal';
import { type AuditFilter, addAudit, readAudit } from './audit.js';
import { findDamage } from './check.js';
import { type Database, failure, openDatabase, patiently, withoutPassword } from './database.js';
import { addVerdict } from './judge.js';
import { type Count, type Cursor, type Filter, readAll, readCounts, readImages, readPage } from './read.js';
import type { AuditEntry, DecisionRecord, StoredDecision, StoredImage, Verdict } from './record.js';
import { type Deleted, deleteImages, type Retention } from './retention.js';
import { HOUR } from './schema.js';
import { readAlarms, readScores, type ScoreFilter } from './scores.js';
import { addShadow, type Comparison, readComparison, type ShadowRecord } from './shadow.js';
import { createWriter, type NewImage } from './write.js';

/** Which page of a list. */
export interface Page {
  /** Most decisions in it. @defaultValue 100 */
  readonly limit?: number | undefined;
  /** The last decision of the page before. @defaultValue the first page */
  readonly after?: Cursor | undefined;
}

/** Stretches of time for {@link History.counts}. */
export interface Stretches {
  /** Length in hours, such as 8 for a shift. @defaultValue 24 */
  readonly hours?: number | undefined;
  /** What is added to UTC before days are cut, in minutes, such as 60 for Central European winter time. @defaultValue 0 */
  readonly utcOffset?: number | undefined;
}

/**
 * A record of decisions. Every call throws MintError `DISK_FULL` when no space is left, `CORRUPT_FILE` for a damaged file, and
 * `UNAVAILABLE` when the database cannot be reached.
 */
export interface History {
  /** Where it is, without a password. */
  readonly name: string;
  /**
   * Writes a decision. Resolves to its id when it is on the disk: it survives the end of the process and a power cut. Decisions
   * recorded at the same time share one write.
   */
  readonly record: (decision: DecisionRecord, images?: readonly NewImage[]) => Promise<number>;
  /** One page of decisions, newest first. Pass the last one of a page to get the next. @defaultValue limit 100 */
  readonly list: (filter?: Filter, page?: Page) => Promise<StoredDecision[]>;
  /** All decisions that fit, newest first. Memory does not grow with their number. */
  readonly all: (filter?: Filter) => AsyncIterable<StoredDecision>;
  /** Number of decisions by stretch of time, station, class and decision. */
  readonly counts: (
    filter?: Pick<Filter, 'from' | 'to' | 'station' | 'className' | 'decision'>,
    stretches?: Stretches,
  ) => Promise<Count[]>;
  /** For each threshold, how many recorded scores of the class are at least as large: the alarms that it would have raised. */
  readonly alarms: (filter: ScoreFilter, thresholds: readonly number[]) => Promise<number[]>;
  /** The recorded scores of a class, in ascending order. */
  readonly scores: (filter: ScoreFilter) => Promise<Float64Array>;
  /** Adds a person's verdict; the last one counts. @throws MintError `NOT_FOUND` when there is no such decision. */
  readonly judge: (decisionId: number, verdict: Verdict) => Promise<void>;
  /** Notes a change that a person made to limits, regions or models. Entries are never changed or deleted. */
  readonly addAudit: (entry: AuditEntry) => Promise<void>;
  /** Changes that people made, newest first. */
  readonly audit: (filter?: AuditFilter) => Promise<AuditEntry[]>;
  /** Writes what a model that does not decide would have decided about a recorded image. */
  readonly addShadow: (shadow: ShadowRecord) => Promise<void>;
  /** Counts of what two models decided about the same images, by class and verdict. */
  readonly compare: (filter?: Filter) => Promise<Comparison[]>;
  /** Images kept beside a decision. */
  readonly images: (decisionId: number) => Promise<StoredImage[]>;
  /** Deletes kept images by age, then by size. Decisions stay. */
  readonly prune: (retention: Retention) => Promise<Deleted>;
  /** Reads everything. Gives a line for each damage that it finds. */
  readonly check: () => Promise<string[]>;
  /** Waits for what is being written, then closes. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a record of decisions, and makes it where there is none. Several processes may use one at the same time.
 *
 * @param where - Path of an SQLite file, or an address that begins with `postgres://`.
 * @throws MintError `UNAVAILABLE` when it cannot be opened, `CORRUPT_FILE` when the file is something else,
 * `UNSUPPORTED_VERSION` when a newer version wrote it.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { openHistory } from '@mint/history';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'history-'));
 * const history = await openHistory(join(folder, 'line-3.sqlite'));
 * const id = await history.record({
 *   time: Date.now(),
 *   station: 'line-3',
 *   imageHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
 *   source: 'part-0001.png',
 *   className: 'bolt',
 *   score: 3.2,
 *   decision: 'alarm',
 *   modelHash: 'c0ffee',
 *   milliseconds: 24,
 * });
 * await history.judge(id, { verdict: 'good', person: 'Kim', time: Date.now() });
 * const [last] = await history.list({ className: 'bolt' });
 * console.log(last?.decision, last?.verdict?.verdict); // alarm good
 * await history.close();
 * ```
 */
export async function openHistory(where: string): Promise<History> {
  const name = withoutPassword(where);
  const database = await openDatabase(where);
  const writer = createWriter(database);
  /** What every call does with the database's own errors. */
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await patiently(work);
    } catch (error) {
      throw failure(name, error);
    }
  };
  return {
    name,
    record: (decision, images) => guarded(() => record(writer, decision, images)),
    list: (filter = {}, { limit = 100, after } = {}) =>
      guarded(() => readPage(database, filter, limit, after)),
    all: (filter = {}) => readAll(database, filter),
    counts: (filter = {}, stretches = {}) => guarded(() => counts(database, filter, stretches)),
    alarms: (filter, thresholds) => guarded(() => readAlarms(database, filter, thresholds)),
    scores: (filter) => guarded(() => readScores(database, filter)),
    judge: (decisionId, verdict) => guarded(() => addVerdict(database, decisionId, verdict)),
    addAudit: (entry) => guarded(() => addAudit(database, entry)),
    audit: (filter = {}) => guarded(() => readAudit(database, filter)),
    addShadow: (shadow) => guarded(() => addShadow(database, shadow)),
    compare: (filter = {}) => guarded(() => readComparison(database, filter)),
    images: (decisionId) => guarded(() => readImages(database, decisionId)),
    prune: (retention) => guarded(() => deleteImages(database, retention)),
    check: () => guarded(() => findDamage(database)),
    close: async () => {
      await writer.settled();
      await guarded(() => database.db.destroy());
    },
  };
}

async function record(
  writer: ReturnType<typeof createWriter>,
  decision: DecisionRecord,
  images: readonly NewImage[] | undefined,
): Promise<number> {
  for (const key of ['time', 'milliseconds', 'score', 'p'] as const) {
    const value = decision[key];
    if (value === undefined || Number.isFinite(value)) continue;
    throw new MintError('INVALID_ARGUMENT', `record: expected ${key} to be a finite number, got ${value}.`);
  }
  return await writer.record({ ...decision, time: Math.round(decision.time) }, images);
}

async function counts(
  database: Database,
  filter: Filter,
  { hours = 24, utcOffset = 0 }: Stretches,
): Promise<Count[]> {
  if (!Number.isInteger(hours) || hours < 1 || !Number.isInteger(utcOffset)) {
    const message = `counts: expected whole hours of at least 1 and a whole utcOffset, got ${hours} and ${utcOffset}.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  return await readCounts(database, filter, { every: hours * HOUR, offset: utcOffset * 60_000 });
}
