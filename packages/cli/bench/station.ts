/**
 * Images a second and latency of `mint serve`, without and with a record of decisions:
 * `pnpm --filter @mint/cli bench:station <model> <images> [seconds]`. Prints a table; each row is one server, one after the other.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expandImages } from '../src/commands/predict/inputs.js';
import { percentile } from '../src/commands/predict/latency.js';
import { startServer } from '../src/commands/serve/__fixtures__/server-process.js';

const [model, images, seconds = '10'] = process.argv.slice(2).filter((argument) => argument !== '--');
if (model === undefined || images === undefined) throw new Error('expected a model folder and images');
const files = await Promise.all((await expandImages([images])).slice(0, 50).map(({ read }) => read()));
const work = await mkdtemp(join(tmpdir(), 'mint-station-'));

/** Milliseconds of each answer, and images a second. */
async function measure(url: string, clients: number) {
  const times: number[] = [];
  const end = performance.now() + 1000 * Number(seconds);
  const began = performance.now();
  const client = async (first: number) => {
    for (let n = first; performance.now() < end; n += clients) {
      const body = Uint8Array.from(files[n % files.length] ?? []);
      const sent = performance.now();
      const headers = { 'content-type': 'image/jpeg' };
      const answer = await fetch(`${url}/v1/predict`, { method: 'POST', body, headers });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  return { times, rate: (1000 * times.length) / (performance.now() - began) };
}

const rows = [
  '| record | clients | images a second | p50 | p95 | p99 |',
  '| --- | --- | --- | --- | --- | --- |',
];
const record = ['--history', join(work, 'line.sqlite'), '--keep-images', 'alarms'];
for (const [name, flags] of [
  ['none', []],
  ['SQLite, images of alarms', record],
] as const) {
  const server = await startServer('--model', model, '--device', 'onnx', ...flags);
  await measure(server.url, 1); // warm
  for (const clients of [1, 8]) {
    const { times, rate } = await measure(server.url, clients);
    const ms = (share: number) => `${Math.round(percentile(times, share))} ms`;
    rows.push(`| ${name} | ${clients} | ${rate.toFixed(1)} | ${ms(0.5)} | ${ms(0.95)} | ${ms(0.99)} |`);
  }
  await server.stop();
}
await rm(work, { recursive: true });
console.log(rows.join('\n'));
