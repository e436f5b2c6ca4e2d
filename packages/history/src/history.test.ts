import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decision } from './__fixtures__/decisions.js';
import { hasPostgres, needsPostgres, startPostgres } from './__fixtures__/postgres.js';
import {
  csvLines,
  type DecisionRecord,
  type History,
  openHistory,
  type StoredDecision,
  writeParquet,
} from './index.js';

const work = temporaryFolder();

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** What both databases must do. `place` gives an empty one for each test. */
function contract(place: () => Promise<string>): void {
  let history: History;
  const withRecords = async (count: number) => {
    history = await openHistory(await place());
    await Promise.all(Array.from({ length: count }, (_, n) => history.record(decision(n))));
    return history;
  };

  test('gives back what was recorded, newest first, in pages', async () => {
    const { list, close } = await withRecords(11);
    const first = await list({}, { limit: 4 });
    const second = await list({}, { limit: 4, after: first.at(-1) });
    const third = await list({}, { limit: 4, after: second.at(-1) });
    const all = [...first, ...second, ...third];
    expect(all.map(({ source }) => source)).toEqual(
      Array.from({ length: 11 }, (_, n) => `part-${10 - n}.png`),
    );
    expect(all[3]).toEqual({
      ...decision(7),
      id: all[3]?.id,
      details: undefined,
      modelVersion: undefined,
      verdict: undefined,
    });
    await close();
  });

  test('notes who changed what, newest first', async () => {
    history = await openHistory(await place());
    const entry = {
      station: 'line-3',
      person: 'Robin',
      action: 'model',
      details: { to: 'parts/2' },
    } as const;
    for (const time of [1, 2, 3]) await history.addAudit({ ...entry, time });
    expect(await history.audit({ from: 2, limit: 1 })).toEqual([{ ...entry, time: 3 }]);
    expect((await history.audit({ to: 3 })).map(({ time }) => time)).toEqual([2, 1]);
    await history.close();
  });

  test('counts what two models decided about the same images, as people judged them', async () => {
    const { record, addShadow, compare, judge, close, check } = await withRecords(0);
    const versions = { modelHash: 'a', modelVersion: 'parts/1' };
    const made = ['alarm', 'ok', 'alarm'] as const;
    const ids = await Promise.all(
      made.map((one, n) => record(decision(3 * n, { ...versions, decision: one }))),
    );
    const [first = 0, second = 0, third = 0] = ids;
    await judge(first, { verdict: 'defective', person: 'Kim', time: 1 });
    await judge(first, { verdict: 'good', person: 'Kim', time: 2 });
    const shadow = { modelHash: 'b', modelVersion: 'parts/2', milliseconds: 9, score: 1.5, p: 0.4 };
    await addShadow({ ...shadow, decisionId: first, decision: 'alarm' });
    await addShadow({ ...shadow, decisionId: first, decision: 'ok' }); // replaces it
    await addShadow({ ...shadow, decisionId: second, decision: 'ok', className: 'bolt' });
    await addShadow({ ...shadow, decisionId: third, decision: 'alarm' });
    const row = { className: 'bolt', model: 'parts/1', shadow: 'parts/2', count: 1, verdict: undefined };
    const rows = await compare();
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(
      expect.arrayContaining([
        { ...row, decision: 'alarm', shadowDecision: 'ok', verdict: 'good' },
        { ...row, decision: 'ok', shadowDecision: 'ok' },
        { ...row, decision: 'alarm', shadowDecision: 'alarm' },
      ]),
    );
    expect(await compare({ className: 'nut' })).toEqual([]);
    expect(await compare({ decision: 'ok' })).toHaveLength(1);
    expect(await check()).toEqual([]);
    await close();
  });

  test('keeps optional values and details, and hostile text as it is', async () => {
    history = await openHistory(await place());
    const hostile: Partial<DecisionRecord> = {
      source: `a'); drop table decisions; --\n"\u{1f529}`,
      className: '__proto__',
      details: { regions: [{ box: [1, 2, 3, 4] }], note: '良品' },
      modelVersion: '2026-11-30',
    };
    await history.record(decision(1, hostile));
    await history.record(
      decision(2, { className: undefined, score: undefined, p: undefined, decision: 'unreadable' }),
    );
    await history.record(decision(3, { source: 'a\0b' }));
    const [third, second, first] = await history.list();
    expect(first).toMatchObject(hostile);
    expect(second).toMatchObject({
      decision: 'unreadable',
      className: undefined,
      score: undefined,
      p: undefined,
    });
    expect(third?.source).toBe('a\u{fffd}b');
    await history.close();
  });

  test('every filter chooses what it says', async () => {
    const { list, judge, close } = await withRecords(60);
    const all = await list({}, { limit: 100 });
    const [a, b] = [all[5], all[6]];
    if (a === undefined || b === undefined) throw new Error('no rows');
    await judge(a.id, { verdict: 'good', person: 'Kim', time: 1 });
    await judge(a.id, { verdict: 'defective', kind: 'scratch', person: 'Lee', time: 2 });
    await judge(b.id, { verdict: 'good', person: 'Kim', time: 3 });
    const numbers = async (filter: Parameters<typeof list>[0]) =>
      (await list(filter, { limit: 100 })).map(({ id }) => id);
    const expected = (keep: (row: StoredDecision) => boolean) => all.filter(keep).map(({ id }) => id);
    const middle = a.time;
    expect(await numbers({ from: middle })).toEqual(expected(({ time }) => time >= middle));
    expect(await numbers({ to: middle })).toEqual(expected(({ time }) => time < middle));
    expect(await numbers({ className: 'nut' })).toEqual(expected(({ className }) => className === 'nut'));
    expect(await numbers({ decision: 'alarm', className: 'bolt' })).toEqual(
      expected((row) => row.decision === 'alarm' && row.className === 'bolt'),
    );
    expect(await numbers({ modelHash: 'second' })).toEqual(
      expected(({ modelHash }) => modelHash === 'second'),
    );
    expect(await numbers({ imageHash: a.imageHash })).toEqual([a.id]);
    expect(await numbers({ station: 'line-4' })).toEqual([]);
    expect(await numbers({ verdict: 'defective' })).toEqual([a.id]);
    expect(await numbers({ verdict: 'good' })).toEqual([b.id]);
    expect(await numbers({ verdict: 'none' })).toEqual(expected(({ id }) => id !== a.id && id !== b.id));
    expect((await list({ imageHash: a.imageHash }))[0]?.verdict).toEqual({
      verdict: 'defective',
      kind: 'scratch',
      person: 'Lee',
      time: 2,
    });
    await close();
  });

  test('counts equal the decisions, by day and by shift of a time zone', async () => {
    const { counts, list, close, check } = await withRecords(60);
    const all = await list({}, { limit: 100 });
    for (const { hours, utcOffset } of [
      { hours: 24, utcOffset: 0 },
      { hours: 8, utcOffset: 60 },
      { hours: 24, utcOffset: -90 },
    ]) {
      const rows = await counts({ className: 'nut' }, { hours, utcOffset });
      const long = hours * 3_600_000;
      // Decisions are counted by the hour of UTC in which they were made.
      const hourOf = (time: number) => Math.floor(time / 3_600_000) * 3_600_000 + utcOffset * 60_000;
      for (const { start, decision: kind, count } of rows)
        expect(count).toBe(
          all.filter(
            (row) =>
              row.className === 'nut' &&
              row.decision === kind &&
              Math.floor(hourOf(row.time) / long) * long - utcOffset * 60_000 === start,
          ).length,
        );
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    }
    expect(await check()).toEqual([]);
    await close();
  });

  test('records one decision for a key, whoever writes it again, also in the same transaction', async () => {
    const where = await place();
    const [one, two] = [await openHistory(where), await openHistory(where)];
    const keyed = { ...decision(1), key: 'batch-1' };
    const ids = await Promise.all([one.record(keyed), one.record(keyed), two.record(keyed)]);
    expect(new Set(ids).size).toBe(1);
    await one.record({ ...keyed, key: 'batch-2' });
    await Promise.all([two.record(decision(1)), two.record(decision(1))]);
    expect(await one.list()).toHaveLength(4);
    expect((await one.counts()).reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(await one.check()).toEqual([]);
    await one.close();
    await two.close();
  });

  test('says how many alarms another threshold would have raised', async () => {
    const { alarms, scores, close } = await withRecords(30);
    expect(await alarms({ className: 'bolt' }, [-1, 1.5, 2.7, 9])).toEqual([10, 5, 1, 0]);
    const all = [...(await scores({ className: 'bolt' }))];
    expect(all).toHaveLength(10);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(await scores({ className: 'bolt', to: decision(15).time })).toHaveLength(5);
    await close();
  });

  test('keeps images beside decisions, and deletes them by age and by size', async () => {
    history = await openHistory(await place());
    const bytes = (n: number) => new Uint8Array(101).fill(n);
    for (let n = 0; n < 7; n++)
      await history.record(decision(n), [
        { kind: 'thumbnail', type: 'image/jpeg', bytes: bytes(n) },
        { kind: 'anomaly map', type: 'application/octet-stream', bytes: bytes(100 + n) },
      ]);
    const [newest] = await history.list();
    expect(await history.images(newest?.id ?? 0)).toEqual([
      { decisionId: newest?.id, kind: 'thumbnail', type: 'image/jpeg', bytes: bytes(6) },
      { decisionId: newest?.id, kind: 'anomaly map', type: 'application/octet-stream', bytes: bytes(106) },
    ]);
    expect(await history.prune({ before: decision(2).time })).toEqual({ images: 4, bytes: 404 });
    expect(await history.prune({ maxBytes: 505 })).toEqual({ images: 5, bytes: 505 });
    expect(await history.images(newest?.id ?? 0)).toHaveLength(2);
    expect(await history.list()).toHaveLength(7);
    await history.close();
  });

  test('refuses what it cannot keep, and keeps what comes with it', async () => {
    history = await openHistory(await place());
    const results = await Promise.allSettled([
      history.record(decision(1)),
      history.record(decision(2, { score: Number.NaN })),
      history.record(decision(3)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await history.list()).toHaveLength(2);
    await expect(history.judge(99, { verdict: 'good', person: 'Kim', time: 0 })).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    await history.close();
  });

  test('two writers at once lose nothing', async () => {
    const where = await place();
    const writers = await Promise.all([openHistory(where), openHistory(where)]);
    await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        writers[n % 2]?.record(decision(n, { className: n % 5 ? 'bolt' : 'nut' })),
      ),
    );
    const [first, second] = writers;
    expect((await first?.counts())?.reduce((sum, { count }) => sum + count, 0)).toBe(120);
    expect(await second?.check()).toEqual([]);
    await Promise.all(writers.map((one) => one.close()));
  });
}

describe('SQLite', () => {
  let next = 0;
  const place = async () => join(work.path, `history-${next++}.sqlite`);
  contract(place);

  test('a file that is something else is refused and stays as it is', async () => {
    const path = await place();
    await writeFile(path, 'no history at all, but a text of some length '.repeat(200));
    await expect(openHistory(path)).rejects.toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
    expect(await readFile(path, 'utf8')).toMatch(/^no history at all/);
    await expect(openHistory(join(work.path, 'nowhere/history.sqlite'))).rejects.toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringContaining('nowhere') }),
    );
  });

  test('exports CSV and Parquet with the same values', async () => {
    const history = await openHistory(await place());
    for (let n = 0; n < 5; n++)
      await history.record(decision(n, { source: n === 3 ? '=HYPERLINK("x"),"' : `${n}.png` }));
    const lines = await collect(csvLines(history.all()));
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^id,time,station,/);
    expect(lines[2]).toContain(`"'=HYPERLINK(""x""),"""`);
    const path = join(work.path, 'decisions.parquet');
    await writeParquet(path, history.all());
    const file = (await readFile(path)).buffer;
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ id, score, class: name, kind }) => ({ id, score, name, kind }))).toEqual(
      (await history.list()).map(({ id, score, className }) => ({
        id: BigInt(id),
        score,
        name: className,
        kind: null,
      })),
    );
    await history.close();
  });
});

describe.skipIf(!hasPostgres)(needsPostgres('PostgreSQL'), () => {
  let parent: string;
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let next = 0;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'mint-postgres-'));
    // The server may run as another user than this process.
    await chmod(parent, 0o777);
    server = await startPostgres(join(parent, 'data'));
  });
  afterAll(async () => {
    await server.stop();
    await rm(parent, { recursive: true });
  });

  contract(async () => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const name = `history_${next++}`;
    await client.query(`create database ${name}`);
    await client.end();
    return server.url.replace(/postgres$/, name);
  });

  test('an address that answers nothing is named without its password', async () => {
    const error: unknown = await openHistory('postgres://mint:secret@127.0.0.1:1/x').catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('mint:***@127.0.0.1:1/x'),
    });
    expect(String(error)).not.toContain('secret');
  });
});
