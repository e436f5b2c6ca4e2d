/**
 * `mint serve` under load: `pnpm --filter @mint/cli bench:serve <model folder> <folder of images> [minutes]`.
 * Starts the server as a process of its own, learns each image's answer while nothing else runs, then sends images and
 * damaged ones over 16 connections and holds every answer against what is right. Prints a line of JSON with resident
 * memory by minute; exit code 1 when an answer was wrong, lost or unexpected, or the server does not end with 0.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { expandImages } from '../src/commands/predict/inputs.js';
import { percentile } from '../src/commands/predict/latency.js';

const CONNECTIONS = 16;
const IMAGES = 24;
/** Of the score, for another order of sums in a batch. */
const TOLERANCE = 1e-5;

const [model = '', folder = '', minutes = '10'] = process.argv.slice(2);
const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const command = ['--conditions=@mint/source', '--import', import.meta.resolve('tsx'), bin, 'serve'];
const server = spawn(process.execPath, [...command, '--model', model, '--port', '0'], {
  stdio: ['ignore', 'inherit', 'pipe'],
});
const ended = once(server, 'exit');
let url = '';
for await (const line of createInterface(server.stderr)) {
  console.error(line);
  url = /^listening at (\S+);/.exec(line)?.[1] ?? '';
  if (url !== '') break;
}
if (url === '') throw new Error('the server did not start');
server.stderr.pipe(process.stderr);

interface Answer {
  readonly pictures: readonly { readonly score: number; readonly class: string; readonly decision: string }[];
}

const problems: string[] = [];
const send = (body: Uint8Array) =>
  fetch(`${url}/v1/predict`, {
    method: 'POST',
    body: Uint8Array.from(body),
    headers: { 'content-type': 'image/jpeg' },
  });

const statuses = new Map<number, number>();
const times: number[] = [];
const request = (body: Buffer, right: (status: number, body: string) => boolean): autocannon.Request => ({
  method: 'POST',
  path: '/v1/predict',
  headers: { 'content-type': 'image/jpeg' },
  body,
  onResponse: (status, text) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (!right(status, text)) problems.push(`${status} ${text.slice(0, 200)}`);
  },
});

const requests: autocannon.Request[] = [];
for (const path of (await expandImages([folder])).slice(0, IMAGES)) {
  const bytes = await readFile(path);
  const [expected] = ((await (await send(bytes)).json()) as Answer).pictures;
  requests.push(
    request(bytes, (status, body) => {
      const [got] = status === 200 ? (JSON.parse(body) as Answer).pictures : [];
      const near = Math.abs((got?.score ?? 0) / (expected?.score ?? 0) - 1) < TOLERANCE;
      return near && got?.class === expected?.class && got?.decision === expected?.decision;
    }),
  );
  // One of four is damaged.
  if (requests.length % 4 === 3)
    requests.push(request(bytes.subarray(0, bytes.length / 2), (status) => status === 422));
}

const memory: Record<string, number> = {};
const began = performance.now();
const watch = setInterval(async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
  const minute = Math.round((performance.now() - began) / 60_000);
  memory[minute] = Math.round(bytes / 1e6);
  console.error(
    `minute ${minute}: ${memory[minute]} MB, ${times.length} answers, ${problems.length} problems`,
  );
}, 60_000);
const duration = 60 * Number(minutes) + 2;
const result = await new Promise<autocannon.Result>((resolve, reject) => {
  const options = { url, requests, connections: CONNECTIONS, duration, timeout: 30 };
  const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
  run.on('response', (_client, _status, _bytes, ms) => times.push(ms));
});
clearInterval(watch);
server.kill('SIGTERM');
const [exit] = await ended;
const ms = (share: number) => Math.round(percentile(times, share));
console.log(
  JSON.stringify({
    minutes: Number(minutes),
    connections: CONNECTIONS,
    answers: times.length,
    statuses: Object.fromEntries(statuses),
    wrong: problems.length,
    lost: result.errors + result.timeouts,
    'latency, ms': { p50: ms(0.5), p95: ms(0.95), p99: ms(0.99) },
    'resident MB by minute': memory,
    'exit code after SIGTERM': exit,
  }),
);
for (const problem of problems.slice(0, 10)) console.error(problem);
process.exitCode = problems.length + result.errors + result.timeouts > 0 || exit !== 0 ? 1 : 0;
