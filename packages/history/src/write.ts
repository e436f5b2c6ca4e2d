import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { type Database, patiently } from './database.js';
import type { DecisionRecord, StoredImage } from './record.js';
import type { Tables } from './schema.js';

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
const HOUR = 3_600_000;

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
  for (const row of hourlyRows(added))
    await transaction
      .insertInto('hourly')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['hour', 'station', 'class', 'decision', 'model_hash'])
          .doUpdateSet({ count: sql`hourly.count + excluded.count` }),
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

/** In the order of the key, so that two writers never wait for each other in a circle. */
function hourlyRows(records: readonly DecisionRecord[]): Tables['hourly'][] {
  const rows = new Map<string, Tables['hourly']>();
  for (const record of records) {
    const { station, class: name, decision, model_hash } = rowOf(record);
    const hour = Math.floor(record.time / HOUR) * HOUR;
    const key = JSON.stringify([hour, station, name ?? '', decision, model_hash]);
    const count = (rows.get(key)?.count ?? 0) + 1;
    rows.set(key, { hour, station, class: name ?? '', decision, model_hash, count });
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
