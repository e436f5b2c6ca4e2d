// How much a fleet costs and what limits it: images a second of one worker beside `mint predict`, of two workers beside one process with
// two threads, memory and processor time of Redis, and a simulation of more workers. `node … bench/fleet.ts <weights.safetensors>`.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@mint/backend-onnx';
import { proceduralDataset, writeMvtec } from '@mint/data';
import { MintDetector, PAPER_CONFIG } from '@mint/detector';
import { cut, openFleet } from '@mint/fleet';
import { startRedis } from '@mint/test-utils/redis';
import { loadBackbone } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { MINT } from '../src/__fixtures__/mint.js';

const [weights = ''] = process.argv.slice(2);
const [FEW, MANY] = [64, 256];
const folder = mkdtempSync(join(tmpdir(), 'mint-fleet-'));
const at = (path: string) => join(folder, path);
const redis = await startRedis(at('redis'));
const fleet = await openFleet(redis.url, { version: '0.0.0' });
const info = (name: string): number => {
  const port = new URL(redis.url).port;
  const text = execFileSync('redis-cli', ['-p', port, 'info', 'all'], { encoding: 'utf8' });
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1]);
};

async function memory(): Promise<void> {
  const names = Array.from(
    { length: 20_000 },
    (_, i) => `/share/archive/2026/line-3/part-${String(i).padStart(7, '0')}.jpg`,
  );
  const before = info('used_memory');
  const began = performance.now();
  await fleet.submit({ kind: 'none', out: at('none'), settings: {}, cuts: [...cut(names, 64)] });
  const seconds = (performance.now() - began) / 1000;
  const bytes = (info('used_memory') - before) / names.length;
  console.log(
    `Redis: ${bytes.toFixed(1)} bytes an image (20,000 references, jobs of 64), submitted in ${seconds.toFixed(1)} s`,
  );
}

/** Processor time of Redis for a job, and the most jobs a second with a handler that does nothing. */
async function perJob(): Promise<{ readonly redisMs: number; readonly jobsPerSecond: number }> {
  const names = Array.from({ length: 32_000 }, (_, i) => `/share/archive/part-${i}.jpg`);
  const cpu = () => info('used_cpu_user') + info('used_cpu_sys');
  const before = cpu();
  const { id } = await fleet.submit({
    kind: 'empty',
    out: at('empty'),
    settings: {},
    cuts: [...cut(names, 64)],
    priority: 'line',
  });
  const began = performance.now();
  const worker = await fleet.work({
    handlers: { empty: async ({ items }) => items.map((picture) => JSON.stringify({ picture })) },
  });
  await finished(id);
  const seconds = (performance.now() - began) / 1000;
  await worker.stop();
  return { redisMs: (1000 * (cpu() - before)) / 500, jobsPerSecond: 500 / seconds };
}

async function finished(id: string): Promise<void> {
  while (!(await fleet.status(id)).batches[0]?.isFinished)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

const child = (args: readonly string[]): ChildProcess =>
  spawn('node', [...MINT, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MINT_REDIS: redis.url },
  });

/** Seconds of `mint predict` for the first `count` images. */
async function predictSeconds(list: readonly string[], threads: number): Promise<number> {
  const began = performance.now();
  const process_ = child([
    'predict',
    ...list,
    '--model',
    at('model'),
    '--format',
    'json',
    '--device',
    'onnx',
    '--threads',
    String(threads),
  ]);
  process_.stderr?.resume();
  await new Promise((resolve) => process_.once('close', resolve));
  return (performance.now() - began) / 1000;
}

const predictRate = async (images: readonly string[], threads: number): Promise<number> => {
  const few = await predictSeconds(images.slice(0, FEW), threads);
  return (MANY - FEW) / ((await predictSeconds(images.slice(0, MANY), threads)) - few);
};

async function fleetRate(images: readonly string[], workers: number, threads: number): Promise<number> {
  const processes = Array.from({ length: workers }, () =>
    child(['fleet', 'worker', '--device', 'onnx', '--threads', String(threads)]),
  );
  await Promise.all(
    processes.map(
      (one) =>
        new Promise<void>((resolve) =>
          one.stderr?.on('data', (text) => /waiting for jobs/.test(text) && resolve()),
        ),
    ),
  );
  const score = async (count: number, name: string): Promise<number> => {
    const { modelHash } = await import('../src/commands/fleet/model.js');
    const settings = {
      model: at('model'),
      modelHash: await modelHash(at('model')),
      base: folder,
      batchSize: 8,
    };
    const cuts = [...cut(images.slice(0, count), 32)];
    const began = performance.now();
    const { id } = await fleet.submit({
      kind: 'score',
      out: at(`${name}-${workers}`),
      settings,
      cuts,
      priority: 'line',
    });
    await finished(id);
    return (performance.now() - began) / 1000;
  };
  await score(FEW, 'warm');
  const few = await score(FEW + 1, 'few');
  const rate = (MANY - FEW - 1) / ((await score(MANY, 'many')) - few);
  for (const one of processes) one.kill('SIGKILL');
  return rate;
}

/** Images a second of `workers` that compute for `computing` seconds a job and share a Redis that needs `shared` seconds a job. */
function simulated(workers: number, computing: number, shared: number, images: number): number {
  const free = Array.from({ length: workers }, () => 0);
  let redisFree = 0;
  const jobs = 200 * workers;
  for (let job = 0; job < jobs; job++) {
    const next = free.indexOf(Math.min(...free));
    const start = Math.max(free[next] ?? 0, redisFree);
    redisFree = start + shared;
    free[next] = redisFree + computing;
  }
  return (jobs * images) / Math.max(...free);
}

try {
  await memory();
  const { redisMs, jobsPerSecond } = await perJob();
  console.log(
    `Redis: ${redisMs.toFixed(2)} ms of its processor a job; one worker that computes nothing: ${jobsPerSecond.toFixed(0)} jobs/s`,
  );
  await tf.setBackend('onnx');
  await writeMvtec(
    proceduralDataset({ trainPerClass: 64, testGoodPerClass: 1, defectsPerClass: 1, size: 224 }),
    at('parts'),
  );
  const { backbone, weights: tensors } = await loadBackbone(weights);
  const detector = MintDetector.create(
    { ...PAPER_CONFIG, classes: ['a', 'b'], backbone },
    { backbone: tensors },
  );
  await detector.save(at('model'));
  const images = execFileSync('find', [at('parts'), '-path', '*train*', '-name', '*.png'], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .sort();
  const rates = {
    predict1: await predictRate(images, 1),
    worker1: await fleetRate(images, 1, 1),
    predict2: await predictRate(images, 2),
    workers2: await fleetRate(images, 2, 1),
  };
  console.log(
    rates,
    `one worker: ${(rates.worker1 / rates.predict1).toFixed(3)} of predict; two: ${(rates.workers2 / rates.predict2).toFixed(3)} of two threads`,
  );
  for (const workers of [1, 2, 10, 30, 100, 1000])
    console.log(
      `${workers} workers: ${simulated(workers, 64 / rates.worker1, redisMs / 1000, 64).toFixed(0)} images/s`,
    );
} finally {
  await fleet.close();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}
