import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openHistory } from '@mint/history';
import { temporaryFolder } from '@mint/test-utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintHere } from '../../__fixtures__/run.js';

const work = temporaryFolder();
const MIDNIGHT = new Date(2026, 10, 2).getTime();
let where: string;

/** 40 images of one class, five an hour from midnight; every tenth is an alarm. */
beforeAll(async () => {
  where = join(await mkdtemp(join(tmpdir(), 'mint-history-')), 'line-3.sqlite');
  const history = await openHistory(where);
  const ids: number[] = [];
  for (let n = 0; n < 40; n++)
    ids.push(
      await history.record({
        time: MIDNIGHT + n * 720_000,
        station: 'line-3',
        imageHash: n.toString(16).padStart(64, '0'),
        source: n === 10 ? 'a\nb.png' : `part-${n}.png`,
        className: 'bolt|nut',
        score: n,
        decision: n % 10 === 0 ? 'alarm' : 'ok',
        modelHash: 'c0ffee',
        milliseconds: 24,
      }),
    );
  const judge = async (n: number, verdict: 'good' | 'defective' | 'not sure') =>
    await history.judge(ids[n] ?? 0, { verdict, person: 'Kim', time: MIDNIGHT });
  await judge(0, 'good');
  await judge(10, 'defective');
  await judge(11, 'defective');
  await judge(12, 'good');
  await judge(13, 'not sure');
  await history.close();
});

afterAll(() => rm(dirname(where), { recursive: true }));

test('list shows the newest first, a line each', async () => {
  const { code, out } = await mintHere(['history', 'list', where, '--decision', 'alarm']);
  expect(code).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => line.split('\t').slice(3, 6))).toEqual([
    ...[30, 20, 10, 0].map((n) => ['alarm', 'bolt|nut', n.toFixed(4)]),
    [],
  ]);
  expect(lines[3]).toMatch(/good$/);
  const json: unknown = JSON.parse(
    (await mintHere(['history', 'list', where, '--verdict', 'none', '--limit', '3', '--json'])).out,
  );
  expect(json).toMatchObject([{ score: 39 }, { score: 38 }, { score: 37 }]);
});

test('times are dates of this machine, or how long ago', async () => {
  const list = async (...flags: string[]) =>
    (await mintHere(['history', 'list', where, '--limit', '99', ...flags])).out.match(/^\d+\t/gm)?.length ??
    0;
  expect(await list('--from', '2026-11-02', '--to', '2026-11-02T01:00')).toBe(5);
  expect(await list('--from', '1h')).toBe(0);
  await expect(list('--from', 'yesterday')).rejects.toThrow(/It must be a date/);
});

test('sheet counts judged alarms and misses by shift', async () => {
  const { out } = await mintHere([
    'history',
    'sheet',
    where,
    '--from',
    '2026-11-01',
    '--hours',
    '4',
    '--alpha',
    '0.01',
    '--json',
  ]);
  expect(JSON.parse(out).rows).toEqual([
    {
      className: 'bolt|nut',
      shift: 0,
      images: 20,
      alarms: 2,
      judgedAlarms: 2,
      falseAlarms: 1,
      judgedPasses: 2,
      misses: 1,
    },
    {
      className: 'bolt|nut',
      shift: 4,
      images: 20,
      alarms: 2,
      judgedAlarms: 0,
      falseAlarms: 0,
      judgedPasses: 0,
      misses: 0,
    },
  ]);
  const text = (await mintHere(['history', 'sheet', where, '--from', '2026-11-01', '--hours', '4'])).out;
  // 1 of 20 and, with two unknown alarms, 2 of 20, by Wilson's method.
  expect(text).toContain(
    '| bolt\\|nut | 0:00 | 20 | 2 | 2 | 1 | 0.89 % to 24 % | 2 | 1 | 50 % (9.5 % to 91 %) |',
  );
  expect(text).toContain('| bolt\\|nut | 4:00 | 20 | 2 | 0 | 0 | 0 % to 30 % | 0 | 0 | – |');
});

test('export writes the rows that fit, or nothing', async () => {
  const path = join(work.path, 'alarms.csv');
  const { out } = await mintHere(['history', 'export', where, path, '--decision', 'alarm']);
  expect(out).toBe(`4 decisions in ${path}\n`);
  expect(await readFile(path, 'utf8')).toContain('"a\nb.png"');
  await expect(mintHere(['history', 'export', where, join(work.path, 'x.xlsx')])).rejects.toThrow(
    /\.csv or \.parquet/,
  );
});

test('judge, check and prune', async () => {
  expect(
    (await mintHere(['history', 'judge', where, '5', 'defective', '--kind', 'dent', '--person', 'Lee'])).code,
  ).toBe(0);
  expect((await mintHere(['history', 'list', where, '--verdict', 'defective', '--limit', '1'])).out).toMatch(
    /defective/,
  );
  expect((await mintHere(['history', 'check', where])).out).toBe('0 problems\n');
  expect((await mintHere(['history', 'prune', where, '--keep-days', '1'])).out).toMatch(/^0 images deleted/);
  await expect(mintHere(['history', 'prune', where])).rejects.toThrow(/--keep-days/);
  await expect(mintHere(['history', 'judge', where, '999', 'good', '--person', 'Lee'])).rejects.toThrow(
    expect.objectContaining({ code: 'NOT_FOUND' }),
  );
  await expect(mintHere(['history', 'list', join(work.path, 'mistyped.sqlite')])).rejects.toThrow(
    /no such history/,
  );
});
