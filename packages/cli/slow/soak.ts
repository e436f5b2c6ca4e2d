/**
 * `mint serve` under load for a long time: `pnpm --filter @mint/cli soak -- --minutes 30 [--model <folder>] [--images <folder>]`.
 * Without a model it takes an untrained one of full size; images of 0.1, 1 and 32 megapixels (progressive JPEG) are made. A quarter of
 * the requests hang up; others upload slowly, never end, or carry broken files. Prints a line of JSON; exit code 1 when an
 * answer was wrong or missing, the resident memory grew (from 10 minutes on) or passed the bound that `memory.ts` gives, or the server does not end with 0.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { noisyJpeg } from '@mint/test-utils/noisy-jpeg';
import { tinyDetector } from '../src/__fixtures__/tiny-detector.js';
import { expandImages } from '../src/commands/predict/inputs.js';
import { percentile } from '../src/commands/predict/latency.js';
import { type LoadImage, load } from '../src/commands/serve/__fixtures__/load.js';
import { startServer } from '../src/commands/serve/__fixtures__/server-process.js';
import { memoryParts } from '../src/commands/serve/memory.js';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '16' },
    model: { type: 'string' },
    images: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const work = await mkdtemp(join(tmpdir(), 'mint-soak-'));

async function modelFolder(): Promise<string> {
  if (values.model !== undefined) return values.model;
  const detector = await tinyDetector();
  await detector.save(join(work, 'model'));
  detector.dispose();
  return join(work, 'model');
}

async function files(): Promise<Uint8Array[]> {
  const given = values.images === undefined ? [] : await expandImages([values.images]);
  const read = await Promise.all(given.slice(0, 20).map(({ read }) => read()));
  const made = [await noisyJpeg(400, 300), await noisyJpeg(1200, 900)];
  // One in ten is as large as the server takes.
  const usual = Array.from({ length: 9 }, (_, i) => [...read, ...made][i % (read.length + made.length)]);
  return [...usual.filter((bytes) => bytes !== undefined), await noisyJpeg(8000, 4000)];
}

const server = await startServer('--model', await modelFolder());
const images: LoadImage[] = [];
for (const bytes of await files()) {
  const body = Uint8Array.from(bytes);
  const headers = { 'content-type': 'image/jpeg' };
  const answer = await fetch(`${server.url}/v1/predict`, { method: 'POST', body, headers });
  const { pictures } = (await answer.json()) as { pictures: { score: number; decision: string }[] };
  for (const { score, decision } of pictures) images.push({ bytes, score, decision });
}

const memory: number[] = [];
const idle = Math.round((await server.metric('process_resident_memory_bytes')) / 1e6);
const watch = setInterval(async () => {
  const bytes = await server.metric('process_resident_memory_bytes');
  memory.push(Math.round(bytes / 1e6));
  if (memory.length % 6 === 0) console.error(`${memory.length / 6} min: ${memory.slice(-6).join(', ')} MB`);
}, 10_000);
const { counts, wrong, lost, times, health } = await load(server.url, {
  images,
  seconds: 60 * minutes,
  clients: Number(values.clients),
  seed: 1,
  slow: 5000,
});
clearInterval(watch);

const median = (from: number, to: number) =>
  percentile(memory.slice(from * memory.length, to * memory.length), 0.5);
const [early, late] = [median(0.25, 0.5), median(0.75, 1)];
const lag = Math.round(1000 * (await server.metric('nodejs_eventloop_lag_max_seconds')));
const left = {
  images: await settled('mint_pictures_under_way'),
  bytes: await settled('mint_bytes_under_way'),
};
const exit = await server.stop();
await rm(work, { recursive: true });
const ms = (list: number[], share: number) => Math.round(percentile(list, share));
const bound = memoryParts({ maxBytes: 20e6, maxPixels: 32e6, tiles: false });
const boundBytes = bound.reduce((sum, part) => sum + part.bytes, 0);
const most = Math.max(...memory);
console.log(
  JSON.stringify({
    minutes,
    clients: Number(values.clients),
    cores: availableParallelism(),
    requests: counts,
    wrong: wrong.length,
    lost: lost.length,
    'plain requests, ms': { p50: ms(times, 0.5), p95: ms(times, 0.95), p99: ms(times, 0.99) },
    'healthz, ms': { p50: ms(health, 0.5), p99: ms(health, 0.99), most: Math.round(Math.max(...health)) },
    'longest lag of the event loop at the end, ms': lag,
    'resident MB': { idle, 'second quarter': early, 'last quarter': late, most },
    'bound besides the model, MB': Math.round(boundBytes / 1e6),
    'left in the queue': left,
    'exit code': exit,
  }),
);
for (const line of [...wrong.slice(0, 10), ...lost.slice(0, 10)]) console.error(line);
const problems = [
  wrong.length > 0 && 'wrong answers',
  lost.length > 0 && 'requests without an answer',
  minutes >= 10 && late > 1.1 * early && 'the resident memory grew',
  1e6 * (most - idle) > boundBytes && 'the resident memory passed its bound',
  left.images + left.bytes > 0 && 'the queue is not empty',
  exit !== 0 && 'the exit code is not 0',
].filter((problem) => problem !== false);
if (problems.length > 0) console.error(problems.join('; '));
process.exitCode = problems.length === 0 ? 0 : 1;

/** A metric once it has become 0, or as it is after ten seconds. */
async function settled(name: string): Promise<number> {
  let value = Number.NaN;
  for (let i = 0; i < 100 && value !== 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    value = await server.metric(name);
  }
  return value;
}
