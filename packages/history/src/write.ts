import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { type Database, patiently } from './database.js';
import type { DecisionRecord, StoredImage } from './record.js';
import { DAY, HOUR, type Tables } from './schema.js';

/** An image that is written beside a decision. */
export type NewImage = Omit<StoredImage, 'decisionId'>;

interface Waiting {
  readonly record: DecisionRecord;
  readonly images: readonly NewImage[];
  readonly resolve: (id: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Decisions in one transaction: a bound for the time that others wait for the database. */
const BATCH = 256;

/** Writes decisions. Those that arrive while others are being written share the next transaction, and so the wait for the disk. */
export function createWriter({ db }: Database) {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting.length > 0) await write(waiting.splice(0, BATCH));
    running = undefined;
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const ids = await patiently(() =>
        db.transaction().execute((transaction) => insert(transaction, batch)),
      );
      for (const [index, { resolve }] of batch.entries()) resolve(ids[index] ?? Number.NaN);
    } catch (error) {
      // One record that the database refuses must not take others with it.
      if (batch.length > 1) for (const one of batch) await write([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  return {
    /** Resolves to the id when the decision is on the disk. */
    record: (record: DecisionRecord, images: readonly NewImage[] = []): Promise<number> =>
      new Promise((resolve, reject) => {
        waiting.push({ record, images, resolve, reject });
        // Later in this turn of the event loop: what is recorded in one turn shares a transaction.
        running ??= Promise.resolve().then(run);
      }),
    /** Resolves when nothing waits. */
    settled: async (): Promise<void> => {
      while (running !== undefined) await running;
    },
  };
}

async function insert(transaction: Transaction<Tables>, batch: readonly Waiting[]): Promise<number[]> {
  const ids: number[] = [];
  const added: DecisionRecord[] = [];
  for (const { record, images } of batch) {
    const row = await transaction
      .insertInto('decisions')
      .values(rowOf(record))
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returning('id')
      .executeTakeFirst();
    ids.push(row?.id ?? (await idOf(transaction, record)));
    if (row === undefined) continue;
    added.push(record);
    for (const { kind, type, bytes } of images)
      await transaction
        .insertInto('images')
        .values({ decision_id: row.id, kind, type, bytes, time: record.time, size: bytes.length })
        .execute();
  }
  const hours = hourlyRows(added);
  for (const row of hours)
    await transaction
      .insertInto('hourly')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['hour', 'station', 'class', 'decision', 'model_hash'])
          .doUpdateSet({ count: sql`hourly.count + excluded.count` }),
      )
      .execute();
  for (const row of dailyRows(hours))
    await transaction
      .insertInto('daily')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['day', 'station', 'class', 'decision'])
          .doUpdateSet({ count: sql`daily.count + excluded.count` }),
      )
      .execute();
  return ids;
}

/** The decision that was recorded under the same key before. */
async function idOf(transaction: Transaction<Tables>, { key = '' }: DecisionRecord): Promise<number> {
  const { id } = await transaction
    .selectFrom('decisions')
    .select('id')
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return id;
}

function rowOf(record: DecisionRecord) {
  const { time, score, p, decision, details, milliseconds } = record;
  return {
    time,
    station: text(record.station),
    image_hash: record.imageHash,
    source: text(record.source),
    class: record.className === undefined ? null : text(record.className),
    score: score ?? null,
    p: p ?? null,
    decision,
    details: details === undefined ? null : text(JSON.stringify(details)),
    model_hash: text(record.modelHash),
    model_version: record.modelVersion === undefined ? null : text(record.modelVersion),
    milliseconds,
    key: record.key ?? null,
  };
}

/** PostgreSQL's text holds every character but this one. */
const text = (value: string): string => value.replaceAll('\0', '\u{fffd}');

const hourlyRows = (records: readonly DecisionRecord[]): Tables['hourly'][] =>
  summed(
    records.map((record) => {
      const { station, class: name, decision, model_hash } = rowOf(record);
      const hour = Math.floor(record.time / HOUR) * HOUR;
      return { hour, station, class: name ?? '', decision, model_hash, count: 1 };
    }),
  );

const dailyRows = (hours: readonly Tables['hourly'][]): Tables['daily'][] =>
  summed(
    hours.map(({ hour, station, class: name, decision, count }) => {
      const day = Math.floor(hour / DAY) * DAY;
      return { day, station, class: name, decision, count };
    }),
  );

/** One row for each key with the sum of its counts, in the order of keys, so that two writers never wait for each other in a circle. */
function summed<T extends { readonly count: number }>(rows: readonly T[]): T[] {
  const sums = new Map<string, T>();
  for (const row of rows) {
    const key = JSON.stringify({ ...row, count: undefined });
    sums.set(key, { ...row, count: row.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
