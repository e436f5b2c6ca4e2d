// Records 100 decisions a second, one by one, while a command computes beside it: how long each takes to be on the disk.
// `pnpm --filter @mint/history bench:beside <seconds> <command> [arguments…]`; what the command prints is shown.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openHistory } from '@mint/history';

const RATE = 100;
const [seconds = '20', command, ...args] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'mint-history-'));
const history = await openHistory(join(folder, 'history.sqlite'));
const beside = command === undefined ? undefined : spawn(command, args, { stdio: 'inherit' });
// Until the command computes.
if (beside !== undefined) await wait(10_000);

const took: number[] = [];
const waiting: Promise<void>[] = [];
const began = performance.now();
const count = Number(seconds) * RATE;
for (let n = 0; n < count; n++) {
  await wait(began + (1000 * n) / RATE - performance.now());
  const asked = performance.now();
  const recorded = history.record({
    time: Date.now(),
    station: 'line-3',
    imageHash: n.toString(16).padStart(64, '0'),
    source: `part-${n}.png`,
    className: `class-${n % 7}`,
    score: n % 100,
    p: 0.5,
    decision: n % 10 === 0 ? 'alarm' : 'ok',
    details: {
      regions: [
        {
          box: [1, 2, 3, 4],
          outline: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        },
      ],
    },
    modelHash: 'c0ffee',
    milliseconds: 24,
  });
  waiting.push(recorded.then(() => void took.push(performance.now() - asked)));
}
await Promise.all(waiting);
const rate = count / ((performance.now() - began) / 1000);
const isBeside = beside !== undefined && beside.exitCode === null;
const sorted = took.toSorted((a, b) => a - b);
const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
console.log(
  `${count} decisions, ${rate.toFixed(1)} a second; on the disk after p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms; ${isBeside ? 'the command computed all the time' : 'nothing computed at the end'}`,
);
beside?.kill('SIGINT');
await history.close();
await rm(folder, { recursive: true });
