import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { CompiledQuery, createQueryId, Migrator, type RootOperationNode, sql } from 'kysely';
import { expect, test } from 'vitest';
import { decision } from './__fixtures__/decisions.js';
import { type Database, openDatabase } from './database.js';
import { openHistory } from './history.js';
import { migrations } from './migrations.js';
import { readCounts, readPage } from './read.js';
import { readScores } from './scores.js';

const work = temporaryFolder();
const DAY = 86_400_000;

/** How SQLite carries out what `work` asks it for: one line for each step. */
async function planOf(database: Database, work: (database: Database) => Promise<unknown>): Promise<string[]> {
  const asked: RootOperationNode[] = [];
  const db = database.db.withPlugin({
    transformQuery: ({ node }) => {
      asked.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  await work({ ...database, db });
  const [node] = asked;
  if (node === undefined) throw new Error('nothing was asked');
  const { sql: text, parameters } = database.db.getExecutor().compileQuery(node, createQueryId());
  const plan = CompiledQuery.raw(`explain query plan ${text}`, [...parameters]);
  const { rows } = await database.db.executeQuery<{ detail: string }>(plan);
  return rows.map(({ detail }) => detail);
}

test('each way in which people look has its index, and days are counted from the table of days', async () => {
  const database = await openDatabase(join(work.path, 'plans.sqlite'));
  const page = (filter: Parameters<typeof readPage>[1]) =>
    planOf(database, (watched) => readPage(watched, filter, 100));
  const [from, to] = [3 * DAY, 4 * DAY];
  const looks = {
    decisions_time: await page({}),
    decisions_class: await page({ className: 'nut', from, to }),
    decisions_decision: await page({ decision: 'alarm' }),
    decisions_class_decision: await page({ className: 'nut', decision: 'alarm' }),
    decisions_image: await page({ imageHash: 'f'.repeat(64) }),
  };
  for (const [index, plan] of Object.entries(looks)) {
    expect(plan.join('\n')).toMatch(new RegExp(`decisions USING INDEX ${index}( |$)`, 'm'));
    // Rows come in the order of their index, so that a page costs no more than its rows; an image has few.
    if (index !== 'decisions_image') expect(plan.join('\n')).not.toContain('TEMP B-TREE');
  }
  const scores = await planOf(database, (watched) => readScores(watched, { className: 'nut', from }));
  expect(scores.join()).toMatch(/COVERING INDEX decisions_class /);
  const counted = (every: number, offset: number, filter = {}) =>
    planOf(database, (watched) => readCounts(watched, filter, { every, offset }));
  for (const filter of [{}, { from, to }]) expect((await counted(DAY, 0, filter)).join()).toMatch(/ daily/);
  // An hour may be cut off, or lie in another day.
  for (const plan of [
    await counted(DAY, 3_600_000),
    await counted(DAY / 3, 0),
    await counted(DAY, 0, { from: 1 }),
  ])
    expect(plan.join()).toMatch(/ hourly/);
  await database.db.destroy();
});

test('an older file gets its counts by day', async () => {
  const where = join(work.path, 'older.sqlite');
  const history = await openHistory(where);
  await Promise.all(Array.from({ length: 400 }, (_, n) => history.record(decision(n))));
  const before = await history.counts();
  await history.close();
  const { db } = await openDatabase(where);
  // As the version before wrote it.
  await sql`drop table daily`.execute(db);
  const known = migrations({ key: 'integer', bytes: 'blob' });
  const names = Object.keys(known).filter((name) => name !== '2026-12-02 counts by day');
  await sql`delete from kysely_migration where name = '2026-12-02 counts by day'`.execute(db);
  expect(
    await new Migrator({ db, provider: { getMigrations: async () => known } }).getMigrations(),
  ).toMatchObject([...names.map(() => ({ executedAt: expect.any(Date) })), { executedAt: undefined }]);
  await db.destroy();
  const again = await openHistory(where);
  expect(new Set(before.map(({ start }) => start)).size).toBe(3);
  expect(await again.counts()).toEqual(before);
  expect(await again.check()).toEqual([]);
  await again.close();
});

test('counts that differ from the decisions are found', async () => {
  const where = join(work.path, 'differ.sqlite');
  const history = await openHistory(where);
  await history.record(decision(0));
  await history.close();
  const { db } = await openDatabase(where);
  await sql`update daily set count = 2`.execute(db);
  await sql`update hourly set count = 3`.execute(db);
  await db.destroy();
  const again = await openHistory(where);
  expect(await again.check()).toEqual([
    'hour 2026-11-02T22:00:00.000Z: 1 decisions, 3 in the table of hours',
    'day 2026-11-02T00:00:00.000Z: 1 decisions, 2 in the table of days',
  ]);
  await again.close();
});
