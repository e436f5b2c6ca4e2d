import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { noisyJpeg } from '@mint/test-utils/noisy-jpeg';
import { expect, onTestFinished, test } from 'vitest';
import { MINT } from '../../__fixtures__/mint.js';
import { bmp, tinyDetector } from '../../__fixtures__/tiny-detector.js';
import { type LoadImage, load } from './__fixtures__/load.js';
import { startServer } from './__fixtures__/server-process.js';

const folder = temporaryFolder();
/** Processes with threads of their own, started from sources. */
const SLOW = 300_000;

async function serve(...args: readonly string[]) {
  const detector = await tinyDetector();
  const model = join(folder.path, 'model');
  await detector.save(model);
  detector.dispose();
  const server = await startServer('--model', model, ...args);
  onTestFinished(server.kill);
  return { ...server, model };
}

const post = (url: string, bytes: Uint8Array) =>
  fetch(`${url}/v1/predict`, {
    method: 'POST',
    body: Uint8Array.from(bytes),
    headers: { 'content-type': 'image/jpeg' },
  });

test('listens on this machine only, answers, reports a port in use, and ends with 0 on SIGTERM', {
  timeout: SLOW,
}, async () => {
  const { url, model, said, stop } = await serve();
  const { hostname, port } = new URL(url);
  expect(hostname).toBe('127.0.0.1');
  expect((await post(url, bmp(1))).status).toBe(200);

  const second = spawn('node', [...MINT, 'serve', '--model', model, '--port', port]);
  let text = '';
  second.stderr.on('data', (chunk) => {
    text += chunk;
  });
  expect((await once(second, 'exit'))[0]).toBe(1);
  expect(text).toContain(`--port ${port}: another program is listening there; choose another`);

  const last = post(url, bmp(1));
  const exit = stop();
  await last.then(
    ({ status }) => expect([200, 503]).toContain(status),
    // It came after the server had stopped listening.
    () => {},
  );
  expect(await exit).toBe(0);
  expect(said()).toContain('answering the requests under way');
});

test('under all kinds of requests no answer is wrong, the event loop is free, and nothing is left in the queue', {
  timeout: SLOW,
}, async () => {
  const { url, metric, stop } = await serve('--max-bytes', '12000000', '--timeout', '100');
  const images: LoadImage[] = [];
  for (const [width, height] of [
    [60, 50],
    [400, 300],
    [90, 70],
    [1200, 900],
  ] as const) {
    const bytes = await noisyJpeg(width, height);
    const [picture] = (await (await post(url, bytes)).json()).pictures;
    images.push({ bytes, ...picture });
  }
  // As large as the server takes: in the event loop, nothing else would be answered before it is decoded.
  const large = await noisyJpeg(8000, 4000);
  const began = performance.now();
  let done = 0;
  const answer = post(url, large).finally(() => {
    done = performance.now() - began;
  });
  const gaps: number[] = [];
  while (done === 0) {
    const asked = performance.now();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    gaps.push(performance.now() - asked);
  }
  expect((await answer).status).toBe(200);
  expect(Math.max(...gaps)).toBeLessThan(done / 2);
  const { wrong, lost, counts, times } = await load(url, {
    images,
    seconds: 12,
    clients: 8,
    seed: 1,
    slow: 1000,
  });
  expect([...wrong, ...lost]).toEqual([]);
  expect(times.length).toBeGreaterThan(0);
  expect(Object.keys(counts)).toEqual(expect.arrayContaining(['hang up: gone', 'broken: 422']));
  for (const name of ['mint_pictures_under_way', 'mint_bytes_under_way', 'mint_queue_length'])
    await expect.poll(() => metric(name), { timeout: 30_000 }).toBe(0);
  expect(await stop()).toBe(0);
});
