// Fills a history and times its writes and queries: `pnpm --filter @mint/history bench [rows] [where]`.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHistory } from '@mint/history';

const rows = Number(process.argv[2] ?? 1_000_000);
const folder = await mkdtemp(join(tmpdir(), 'mint-history-'));
const where = process.argv[3] ?? join(folder, 'history.sqlite');
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

const began = performance.now();
for (let n = 0; n < rows; n += 256)
  await Promise.all(Array.from({ length: Math.min(256, rows - n) }, (_, i) => history.record(record(n + i))));
const seconds = (performance.now() - began) / 1000;
console.log(`${rows} rows in ${seconds.toFixed(0)} s: ${Math.round(rows / seconds)} a second, 256 at a time`);
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
if (process.argv[3] === undefined) console.log(`${((await stat(where)).size / rows).toFixed(0)} bytes a row`);
await rm(folder, { recursive: true });

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
