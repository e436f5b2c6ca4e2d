import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { deriveSeed, Random } from '@mint/internal';

/** An image and what the server says about it when nothing else runs. */
export interface LoadImage {
  readonly bytes: Uint8Array;
  readonly score: number;
  readonly decision: string;
}

/** Options of {@link load}. */
export interface LoadOptions {
  readonly images: readonly LoadImage[];
  readonly seconds: number;
  readonly clients: number;
  readonly seed: number;
  /** Milliseconds of a slow upload. */
  readonly slow: number;
}

/** What {@link load} saw. */
export interface LoadResult {
  /** Requests by kind and what became of them. */
  readonly counts: Record<string, number>;
  /** Answers that are wrong or not expected. */
  readonly wrong: string[];
  /** Requests without an answer. */
  readonly lost: string[];
  /** Milliseconds of each answer 200 to a plain request. */
  readonly times: number[];
  /** Milliseconds of each answer of `/healthz`. */
  readonly health: number[];
}

/** Of a score, for another order of sums in a batch. */
const TOLERANCE = 1e-3;

/** Too late, too many, no answer in time: never wrong under load. */
const REFUSALS: readonly number[] = [408, 429, 503];

/** A quarter of the requests hang up; others are slow, endless, broken, forms, or plain. */
const KINDS = [
  ...Array(5).fill('hang up'),
  'slow',
  'endless',
  'broken',
  'broken',
  'form',
  'heat map',
  ...Array(9).fill('plain'),
] as const;

/** Sends all kinds of requests for some time over many connections, and holds every answer against what is right. */
export async function load(url: string, options: LoadOptions): Promise<LoadResult> {
  const { seconds, clients, seed } = options;
  const result: LoadResult = { counts: {}, wrong: [], lost: [], times: [], health: [] };
  const end = performance.now() + 1000 * seconds;
  const client = async (index: number) => {
    const random = new Random(deriveSeed(seed, index));
    while (performance.now() < end) {
      const kind = KINDS[random.int(KINDS.length)] ?? 'plain';
      const outcome = await send(url, kind, random, options, result).catch((error) => {
        result.lost.push(`${kind}: ${error}`);
        return 'lost';
      });
      const key = `${kind}: ${outcome}`;
      result.counts[key] = (result.counts[key] ?? 0) + 1;
      if (outcome === 429) await sleep(100);
    }
  };
  await Promise.all([watchHealth(url, end - performance.now(), result), ...Array.from({ length: clients }, (_, i) => client(i))]);
  return result;
}

/** In a thread of its own, as what this one sends would delay it. */
const PROBE = `
  const { get, Agent } = require('node:http');
  const { parentPort, workerData: { url, milliseconds } } = require('node:worker_threads');
  const agent = new Agent({ keepAlive: true });
  const end = performance.now() + milliseconds;
  const ask = () => {
    const began = performance.now();
    get(url + '/healthz', { agent }, (response) => {
      response.resume().on('end', () => {
        parentPort.postMessage({ ms: performance.now() - began, status: response.statusCode });
        if (performance.now() < end) setTimeout(ask, 50);
        else agent.destroy();
      });
    }).on('error', ({ message }) => parentPort.postMessage({ ms: performance.now() - began, status: message }));
  };
  ask();`;

/** Asks for `/healthz` twenty times a second. */
async function watchHealth(url: string, milliseconds: number, { health, wrong }: LoadResult): Promise<void> {
  const worker = new Worker(PROBE, { eval: true, workerData: { url, milliseconds } });
  worker.on('message', ({ ms, status }: { ms: number; status: number | string }) => {
    health.push(ms);
    if (status !== 200) wrong.push(`healthz: ${status}`);
  });
  await once(worker, 'exit');
}

async function send(
  url: string,
  kind: string,
  random: Random,
  { images, slow }: LoadOptions,
  { wrong, times }: LoadResult,
): Promise<number | string> {
  const image = images[random.int(images.length)];
  if (image === undefined) throw new Error('no images');
  const { bytes } = image;
  const check = async (response: Response, expected: readonly LoadImage[]) => {
    const text = await response.text();
    if (response.status === 200 ? !isRight(text, expected) : !REFUSALS.includes(response.status))
      wrong.push(`${kind}: ${response.status} ${text.slice(0, 200)}`);
    return response.status;
  };
  const post = (body: BodyInit, more: RequestInit = {}, query = '') =>
    fetch(`${url}/v1/predict${query}`, {
      method: 'POST',
      body,
      ...more,
      ...(body instanceof FormData ? {} : { headers: { 'content-type': 'image/jpeg' } }),
    });
  switch (kind) {
    case 'hang up':
      return hangUp(url, bytes, random);
    case 'slow':
      return checkRaw(await pieces(url, bytes, slow, 20), [image], wrong, kind);
    case 'endless':
      return endless(url, wrong);
    case 'broken': {
      const response = await post(Uint8Array.from(bytes.subarray(0, bytes.length * random.uniform() * 0.9)));
      await response.text();
      if (response.status !== 422 && !REFUSALS.includes(response.status)) wrong.push(`broken: ${response.status}`);
      return response.status;
    }
    case 'form': {
      const form = new FormData();
      for (const [i, item] of images.slice(0, 3).entries())
        form.append('images', new Blob([Uint8Array.from(item.bytes)]), `${i}.jpg`);
      return check(await post(form), images.slice(0, 3));
    }
    case 'heat map':
      return check(await post(Uint8Array.from(bytes), {}, '?heatmap=true'), [image]);
    default: {
      const began = performance.now();
      const status = await check(await post(Uint8Array.from(bytes)), [image]);
      if (status === 200) times.push(performance.now() - began);
      return status;
    }
  }
}

function isRight(text: string, expected: readonly LoadImage[]): boolean {
  const { pictures } = JSON.parse(text) as { pictures: { score: number; decision: string }[] };
  return (
    pictures.length === expected.length &&
    expected.every(({ score, decision }, i) => {
      const got = pictures[i];
      return got?.decision === decision && Math.abs((got?.score ?? 0) / score - 1) < TOLERANCE;
    })
  );
}

function open(url: string, headers: Record<string, string | number>) {
  const client = httpRequest(`${url}/v1/predict`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'image/jpeg', ...headers },
  });
  client.on('error', () => {});
  client.flushHeaders();
  return client;
}

/** Goes away in the middle of the body, or while the answer is computed. */
async function hangUp(url: string, bytes: Uint8Array, random: Random): Promise<string> {
  const client = open(url, { 'content-length': bytes.length });
  const sent = random.uniform() < 0.5 ? bytes.length : Math.floor(bytes.length * random.uniform());
  client.write(bytes.subarray(0, sent));
  await sleep(200 * random.uniform());
  client.destroy();
  return 'gone';
}

/** Sends a file piece by piece. */
async function pieces(
  url: string,
  bytes: Uint8Array,
  ms: number,
  count: number,
): Promise<IncomingMessage | undefined> {
  const client = open(url, { 'content-length': bytes.length });
  const answer = once(client, 'response').then(
    ([response]) => response as IncomingMessage,
    () => undefined,
  );
  for (let i = 0; i < count; i++) {
    client.write(bytes.subarray((i * bytes.length) / count, ((i + 1) * bytes.length) / count));
    await sleep(ms / count);
  }
  client.end();
  return answer;
}

async function checkRaw(
  response: IncomingMessage | undefined,
  expected: readonly LoadImage[],
  wrong: string[],
  kind: string,
): Promise<number | string> {
  if (response === undefined) return 'closed';
  const text = Buffer.concat(await response.toArray()).toString();
  const status = response.statusCode ?? 0;
  if (status === 200 ? !isRight(text, expected) : !REFUSALS.includes(status))
    wrong.push(`${kind}: ${status} ${text.slice(0, 200)}`);
  return status;
}

/** Sends without end, until the server answers or closes. */
async function endless(url: string, wrong: string[]): Promise<number | string> {
  const client = open(url, { 'transfer-encoding': 'chunked' });
  let status: number | string | undefined;
  client.once('response', (response: IncomingMessage) => {
    status = response.statusCode ?? 0;
    response.resume();
  });
  client.once('close', () => {
    status ??= 'closed';
  });
  while (status === undefined) {
    client.write(new Uint8Array(2 ** 20));
    await sleep(20);
  }
  client.destroy();
  if (status !== 'closed' && status !== 413 && !REFUSALS.includes(Number(status))) wrong.push(`endless: ${status}`);
  return status;
}
