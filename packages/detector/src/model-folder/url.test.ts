import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readModelFolder } from './folder.js';
import { readModelUrl } from './url.js';

const folder = fileURLToPath(new URL('../__fixtures__/model-version-1', import.meta.url));
const files = {
  'model.json': await readFile(`${folder}/model.json`),
  'model.safetensors': await readFile(`${folder}/model.safetensors`),
};
type Name = keyof typeof files;

let answers: Partial<Record<Name, (response: ServerResponse, bytes: Buffer) => unknown>>;
let requests: string[];
let sent: number;
let url: string;

const listener: RequestListener = (request, response) => {
  requests.push(request.url ?? '');
  const { pathname } = new URL(request.url ?? '', 'http://x');
  const name = (Object.keys(files) as Name[]).find((file) => pathname === `/parts/${file}`);
  if (name === undefined) response.writeHead(404).end();
  else if (answers[name] !== undefined) answers[name](response, files[name]);
  else response.writeHead(200, { 'content-length': files[name].length }).end(files[name]);
};
const server = createServer(listener);

beforeEach(async () => {
  [answers, requests, sent] = [{}, [], 0];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/parts`;
});
afterEach(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** What the detector uses of Cache Storage. */
class MemoryCache {
  readonly entries = new Map<string, Uint8Array<ArrayBuffer>>();
  async match(key: RequestInfo | URL) {
    const bytes = this.entries.get(String(key));
    return bytes && new Response(bytes);
  }
  async put(key: RequestInfo | URL, response: Response) {
    this.entries.set(String(key), new Uint8Array(await response.arrayBuffer()));
  }
  async delete(key: RequestInfo | URL, { ignoreSearch = false }: CacheQueryOptions = {}) {
    const place = (text: string) => (ignoreSearch ? text.split('?')[0] : text);
    const found = [...this.entries.keys()].filter((entry) => place(entry) === place(String(key)));
    for (const entry of found) this.entries.delete(entry);
    return found.length > 0;
  }
}

const refused = (code: string, message: string | RegExp) =>
  expect.objectContaining({ name: 'MintError', code, message: expect.stringMatching(message) });
const weightsRequests = () => requests.filter((request) => request.includes('.safetensors')).length;

/** Sends without end, and counts what the other side takes. */
async function pour(response: ServerResponse): Promise<void> {
  const chunk = Buffer.alloc(65536, 32);
  while (!response.destroyed && sent < 2 ** 28) {
    if (!response.write(chunk)) {
      await Promise.race([
        new Promise((resolve) => response.once('drain', resolve)),
        new Promise((resolve) => response.once('close', resolve)),
      ]);
    }
    sent += chunk.length;
  }
}

test.each(['', '/', '///', '?version=3', '/#top'])(
  'a folder at a URL ending in "%s" is the folder on the disk',
  async (end) => {
    expect(await readModelUrl(`${url}${end}`)).toEqual(await readModelFolder(folder));
    const query = end.startsWith('?') ? end : '';
    expect(requests).toEqual([`/parts/model.json${query}`, `/parts/model.safetensors${query}`]);
  },
);

test('a relative URL counts from the page', async () => {
  await expect(readModelUrl('parts')).rejects.toEqual(refused('INVALID_ARGUMENT', /fromUrl.*'parts'/));
  vi.stubGlobal('location', { href: `${url}/../index.html?x=1` });
  expect(await readModelUrl('parts')).toEqual(await readModelFolder(folder));
});

test('progress of a slow server ends at the whole', async () => {
  answers['model.safetensors'] = async (response, bytes) => {
    response.writeHead(200, { 'content-length': bytes.length });
    for (let at = 0; at < bytes.length; at += 5000) {
      response.write(bytes.subarray(at, at + 5000));
      await after(20);
    }
    response.end();
  };
  const calls: [number, number | undefined][] = [];
  await readModelUrl(url, { onProgress: (...call) => calls.push(call) });
  const size = files['model.safetensors'].length;
  expect(calls.length).toBeGreaterThan(2);
  expect(calls.map(([loaded]) => loaded)).toEqual(calls.map(([loaded]) => loaded).sort((a, b) => a - b));
  expect(new Set(calls.map(([, total]) => total))).toEqual(new Set([size]));
  expect(calls.at(-1)?.[0]).toBe(size);
});

test('without a stated length the total is not known', async () => {
  answers['model.safetensors'] = (response, bytes) => response.writeHead(200).end(bytes);
  const onProgress = vi.fn();
  await readModelUrl(url, { onProgress });
  expect(onProgress).toHaveBeenLastCalledWith(files['model.safetensors'].length, undefined);
});

test('a length stated too low does not cut the file, nor one too high waits for more', async () => {
  for (const length of ['17', '100000000000000000000', '-5', 'many']) {
    const fetch = async (address: string) => {
      const name = address.endsWith('.json') ? 'model.json' : 'model.safetensors';
      return new Response(files[name], {
        headers: name === 'model.json' ? {} : { 'content-length': length },
      });
    };
    const onProgress = vi.fn();
    const loading = readModelUrl(url, { fetch, onProgress });
    if (length.length > 10) await expect(loading).rejects.toEqual(refused('CORRUPT_FILE', /sends more/));
    else expect(await loading).toEqual(await readModelFolder(folder));
    for (const [loaded, total] of onProgress.mock.calls)
      expect(total ?? loaded).toBeGreaterThanOrEqual(loaded);
  }
});

test('weights are asked for once, and kept by their hash', async () => {
  const cache = new MemoryCache();
  const first = await readModelUrl(url, { cache });
  const onProgress = vi.fn();
  expect(await readModelUrl(url, { cache, onProgress })).toEqual(first);
  expect(weightsRequests()).toBe(1);
  const size = files['model.safetensors'].length;
  expect(onProgress.mock.calls).toEqual([[size, size]]);
  const hash = createHash('sha256').update(files['model.safetensors']).digest('hex');
  expect([...cache.entries.keys()]).toEqual([`${url}/model.safetensors?sha256=${hash}`]);
});

test('the page keeps them in its Cache Storage unless that is switched off', async () => {
  const cache = new MemoryCache();
  const open = vi.fn(async () => cache);
  vi.stubGlobal('caches', { open });
  await readModelUrl(url, { cache: false });
  expect(open).not.toHaveBeenCalled();
  await readModelUrl(url);
  await readModelUrl(url);
  expect(open).toHaveBeenCalledWith('mint-models');
  expect([weightsRequests(), cache.entries.size]).toEqual([2, 1]);
});

test('a copy damaged on the disk is fetched again, and weights of an older version go', async () => {
  const cache = new MemoryCache();
  cache.entries.set(`${url}/model.safetensors?sha256=${'0'.repeat(64)}`, new Uint8Array(9));
  await readModelUrl(url, { cache });
  const [key = ''] = cache.entries.keys();
  expect(cache.entries.size).toBe(1);
  cache.entries.set(key, new Uint8Array(files['model.safetensors']).fill(1, 500, 501));
  expect(await readModelUrl(url, { cache })).toEqual(await readModelFolder(folder));
  expect(weightsRequests()).toBe(2);
  await readModelUrl(url, { cache });
  expect(weightsRequests()).toBe(2);
});

test('a cache that refuses everything does not keep the model from loading', async () => {
  const no = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  const state = await readModelFolder(folder);
  expect(await readModelUrl(url, { cache: { match: no, put: no, delete: no } })).toEqual(state);
  vi.stubGlobal('caches', { open: no });
  expect(await readModelUrl(url)).toEqual(state);
});

test.each<[string, Name, (response: ServerResponse, bytes: Buffer) => unknown, string, RegExp]>([
  ['no description', 'model.json', (r) => r.writeHead(404).end(), 'NOT_FOUND', /model\.json: .*404/],
  ['no weights', 'model.safetensors', (r) => r.writeHead(410).end(), 'NOT_FOUND', /safetensors: .*410/],
  ['a broken server', 'model.safetensors', (r) => r.writeHead(503).end(), 'UNAVAILABLE', /answers 503/],
  ['a page instead', 'model.json', (r) => r.end('<!doctype html>'), 'CORRUPT_FILE', /model\.json: not JSON/],
  ['an empty file', 'model.safetensors', (r) => r.end(), 'CORRUPT_FILE', /its SHA-256 is e3b0c442/],
  [
    'a connection that breaks',
    'model.safetensors',
    (r, bytes) => {
      r.writeHead(200, { 'content-length': bytes.length });
      r.write(bytes.subarray(0, 9000), () => r.destroy());
    },
    'UNAVAILABLE',
    /model weights did not arrive/,
  ],
  [
    'half a file that claims to be whole',
    'model.safetensors',
    (r, bytes) => r.writeHead(200, { 'content-length': 9000 }).end(bytes.subarray(0, 9000)),
    'CORRUPT_FILE',
    /its SHA-256 is/,
  ],
  [
    'one flipped bit',
    'model.safetensors',
    (r, bytes) => r.end(Buffer.from(bytes).fill((bytes[20_000] ?? 0) ^ 1, 20_000, 20_001)),
    'CORRUPT_FILE',
    /its SHA-256 is/,
  ],
  [
    'half a description',
    'model.json',
    (r, bytes) => r.end(bytes.subarray(0, 1000)),
    'CORRUPT_FILE',
    /model\.json: not JSON/,
  ],
  [
    'a newer format',
    'model.json',
    (r, bytes) => r.end(bytes.toString().replace('"version": 1', '"version": 2')),
    'UNSUPPORTED_VERSION',
    /format version 2/,
  ],
  [
    'a length of a terabyte',
    'model.safetensors',
    (r) => {
      r.writeHead(200, { 'content-length': 1e12 });
      return pour(r);
    },
    'CORRUPT_FILE',
    /at most \d{6} bytes, the server sends more/,
  ],
  ['weights without end', 'model.safetensors', pour, 'CORRUPT_FILE', /at most \d{6} bytes/],
])('%s: a MintError with the URL, and nothing is kept', async (_, name, answer, code, message) => {
  answers[name] = answer;
  const cache = new MemoryCache();
  await expect(readModelUrl(url, { cache })).rejects.toEqual(refused(code, message));
  await expect(readModelUrl(url, { cache })).rejects.toEqual(refused(code, `^${url}/${name}: `));
  expect(cache.entries.size).toBe(0);
  // What buffers between two sockets hold; the server would have gone on to 256 MB.
  expect(sent).toBeLessThan(2 ** 25);
});

test('a description without end is given up at its limit', async () => {
  answers['model.json'] = pour;
  await expect(readModelUrl(url)).rejects.toEqual(
    refused('CORRUPT_FILE', /model\.json: .* at most 67108864/),
  );
  expect(sent).toBeLessThan(2 ** 27);
});

test('a description of absurd sizes does not raise the limit over two gigabytes', async () => {
  answers['model.json'] = (response, bytes) =>
    response.end(bytes.toString().replace(/"hidden": \d+/, '"hidden": 8192'));
  const fetch = async (address: string, init: RequestInit) =>
    address.endsWith('.json')
      ? globalThis.fetch(address, init)
      : new Response('', { headers: { 'content-length': String(2 ** 31 + 1) } });
  await expect(readModelUrl(url, { fetch })).rejects.toEqual(refused('CORRUPT_FILE', /sends more/));
});

test('nobody there', async () => {
  server.close();
  server.closeAllConnections();
  await expect(readModelUrl(url)).rejects.toEqual(
    refused('UNAVAILABLE', `^${url}/model.json: the model description did not arrive`),
  );
});

test('fetch of your own can stop it', async () => {
  answers['model.safetensors'] = (response) => response.writeHead(200).write('half');
  const fetch = (address: string, init: RequestInit) =>
    globalThis.fetch(address, { ...init, signal: AbortSignal.timeout(300) });
  await expect(readModelUrl(url, { fetch })).rejects.toEqual(
    refused('UNAVAILABLE', /model\.safetensors: .*time/),
  );
});

test('where nothing can be checked, nothing is loaded', async () => {
  vi.stubGlobal('crypto', {});
  await expect(readModelUrl(url)).rejects.toEqual(refused('UNAVAILABLE', /https and on localhost/));
  expect(requests).toEqual([]);
});

test('redirects inside are followed; from an address to one that is not safe they are refused', async () => {
  answers['model.json'] = (response) =>
    void response.writeHead(302, { location: '/parts/model.json?again' }).end();
  await expect(readModelUrl(url)).rejects.toEqual(
    refused('UNAVAILABLE', /model\.json: redirects more than 5 times\.$/),
  );
  answers['model.json'] = (response) =>
    void response.writeHead(302, { location: 'file:///etc/passwd' }).end();
  await expect(readModelUrl(url)).rejects.toEqual(refused('UNAVAILABLE', /an address that is not safe/));
});
