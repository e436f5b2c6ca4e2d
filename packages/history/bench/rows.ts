// Fills a history and times its writes and queries: `pnpm --filter @mint/history bench [rows] [file]`. A file that is named is kept, and
// is not filled again if it is there.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHistory } from '@mint/history';
import Sqlite from 'better-sqlite3';

const rows = Number(process.argv[2] ?? 1_000_000);
const folder = await mkdtemp(join(tmpdir(), 'mint-history-'));
const where = process.argv[3] ?? join(folder, 'history.sqlite');
const isFilled = existsSync(where);
const history = await openHistory(where);
const decisions = ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'alarm'] as const;
const start = Date.UTC(2024, 0, 1);
/** Ten million rows at this distance are about 1.6 years. */
const apart = 5_000;
const record = (n: number) => ({
  time: start + n * apart,
  station: 'line-3',
  imageHash: n.toString(16).padStart(64, '0'),
  source: `part-${n}.png`,
  className: `class-${n % 7}`,
  score: (n * 7919) % 1000,
  p: 0.5,
  decision: decisions[(n * 31) % 10] ?? 'ok',
  modelHash: 'c0ffee',
  milliseconds: 24,
});

const written = isFilled ? 0 : Math.min(rows, 10_000);
const began = performance.now();
for (let n = 0; n < written; n += 256)
  await Promise.all(
    Array.from({ length: Math.min(256, written - n) }, (_, i) => history.record(record(n + i))),
  );
const seconds = (performance.now() - began) / 1000;
if (!isFilled) console.log(`${Math.round(written / seconds)} decisions a second, 256 at a time`);
if (!isFilled && rows > written) {
  // The rest by the database itself, with the same values: what is timed is what it takes to read them.
  const file = new Sqlite(where);
  file.exec(`
    with recursive numbers(n) as (select ${written} union all select n + 1 from numbers where n < ${rows - 1})
    insert into decisions (time, station, image_hash, source, class, score, p, decision, model_hash, milliseconds)
      select ${start} + n * ${apart}, 'line-3', printf('%064x', n), 'part-' || n || '.png', 'class-' || (n % 7),
        (n * 7919) % 1000, 0.5, iif((n * 31) % 10 = 9, 'alarm', 'ok'), 'c0ffee', 24 from numbers;
    delete from hourly;
    insert into hourly select time / 3600000 * 3600000, station, class, decision, model_hash, count(*)
      from decisions group by 1, 2, 3, 4, 5;
    delete from daily;
    insert into daily select hour / 86400000 * 86400000, station, class, decision, sum(count)
      from hourly group by 1, 2, 3, 4;`);
  file.close();
  console.log(`filled to ${rows} rows in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
const one: number[] = [];
for (let n = rows; n < rows + 200; n++) {
  const from = performance.now();
  await history.record(record(n));
  one.push(performance.now() - from);
}
console.log(`one at a time: median ${median(one).toFixed(2)} ms, longest ${Math.max(...one).toFixed(1)} ms`);

const middle = start + (rows / 2) * apart;
const day = 86_400_000;
const queries: Record<string, () => Promise<unknown>> = {
  'newest 100': () => history.list(),
  'newest 100 alarms': () => history.list({ decision: 'alarm' }),
  'newest 100 alarms of a class': () => history.list({ className: 'class-3', decision: 'alarm' }),
  '100 of a class on a day': () => history.list({ className: 'class-3', from: middle, to: middle + day }),
  'counts by day, all time': () => history.counts(),
  'counts by shift of a class, all time': () =>
    history.counts({ className: 'class-3' }, { hours: 8, utcOffset: 60 }),
  'alarms of 20 thresholds, a class, a week': () =>
    history.alarms(
      { className: 'class-3', from: middle, to: middle + 7 * day },
      Array.from({ length: 20 }, (_, i) => i * 50),
    ),
  'by image': () => history.list({ imageHash: record(12_345).imageHash }),
};
for (const [name, query] of Object.entries(queries)) {
  const times: number[] = [];
  for (let repeat = 0; repeat < 5; repeat++) {
    const from = performance.now();
    await query();
    times.push(performance.now() - from);
  }
  console.log(`${name}: ${median(times).toFixed(1)} ms`);
}
await history.close();
console.log(`${((await stat(where)).size / rows).toFixed(0)} bytes a row`);
await rm(folder, { recursive: true });

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
