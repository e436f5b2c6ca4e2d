import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HubServer, hubServer } from './__fixtures__/hub-server.js';
import { cachedWeights, cacheFolder, getWeights, verifyWeights, WEIGHTS } from './index.js';

const folder = temporaryFolder();
const CONTENT = randomBytes(300_017);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const NAME = 'resnet18';
let hub: HubServer;

beforeEach(async () => {
  hub = await hubServer(CONTENT);
});
afterEach(() => hub.close());

const env = (more: Readonly<Record<string, string>> = {}) => ({
  HF_HOME: folder.path,
  HF_ENDPOINT: hub.url,
  ...more,
});
const blobOf = () => join(folder.path, 'hub/models--timm--resnet18.tv_in1k/blobs', SHA256);

describe('getWeights()', () => {
  test('downloads once, into the layout of the hub’s own tools', async () => {
    const first = await getWeights(NAME, { env: env() });
    expect(first).toEqual({
      name: NAME,
      path: join(
        folder.path,
        'hub/models--timm--resnet18.tv_in1k/snapshots',
        hub.commit,
        'model.safetensors',
      ),
      repo: 'timm/resnet18.tv_in1k',
      revision: hub.commit,
      sha256: SHA256,
      licence: 'BSD-3-Clause',
    });
    expect(realpathSync(first.path)).toBe(realpathSync(blobOf()));
    expect(readFileSync(first.path).equals(CONTENT)).toBe(true);
    const asked = hub.requests.length;
    expect(await getWeights(NAME, { env: env() })).toEqual(first);
    expect(await cachedWeights(NAME, { env: env({ HF_HUB_OFFLINE: '1' }) })).toEqual(first);
    expect(hub.requests).toHaveLength(asked);
  });

  test('says how far it is', async () => {
    const seen: number[] = [];
    await getWeights(NAME, {
      env: env(),
      onProgress: ({ bytes, totalBytes, bytesPerSecond }) => {
        expect(totalBytes).toBe(CONTENT.length);
        expect(bytesPerSecond).toBeGreaterThan(0);
        seen.push(bytes);
      },
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(CONTENT.length);
  });

  test('a cut connection is taken up where it broke off', async () => {
    hub.fileFaults.push({ kind: 'cut', after: 100_000 }, { kind: 'cut', after: 50_000 });
    const { path } = await getWeights(NAME, { env: env() });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    const ranges = hub.requests.map(({ range }) => range).filter((range) => range !== undefined);
    expect(ranges).toContain('bytes=100000-');
    expect(ranges).toContain('bytes=150000-');
  });

  test.each([
    ['goes on', undefined],
    ['starts again with a server without ranges', 'no-ranges'],
  ] as const)('an interrupted download %s', async (_, kind) => {
    const incomplete = `${blobOf()}.incomplete`;
    await mkdir(dirname(incomplete), { recursive: true });
    await writeFile(incomplete, CONTENT.subarray(0, 123_456));
    if (kind !== undefined) hub.fileFaults.push({ kind });
    const { path } = await getWeights(NAME, { env: env() });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(hub.requests.map(({ range }) => range)).toContain('bytes=123456-');
  });

  test('wrong bytes are thrown away', async () => {
    hub.fileFaults.push({ kind: 'wrong-bytes' });
    const attempt = getWeights(NAME, { env: env() });
    await expect(attempt).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
    await expect(attempt).rejects.toThrow(/the SHA-256 of what came is [0-9a-f]{64}, expected/);
    expect(await cachedWeights(NAME, { env: env() })).toBeUndefined();
    const { path } = await getWeights(NAME, { env: env() });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
  });

  test('three at once download one file', async () => {
    const files = await Promise.all([1, 2, 3].map(() => getWeights(NAME, { env: env() })));
    expect(new Set(files.map(({ path }) => path)).size).toBe(1);
    const whole = hub.requests.filter(
      ({ path, range }) => path.endsWith('.safetensors') && range === undefined,
    );
    expect(whole).toHaveLength(1);
  });

  test.each([
    [401, 'UNAVAILABLE', /accept its licence at .*resnet18\.tv_in1k; then set HF_TOKEN/],
    [403, 'UNAVAILABLE', /the hub refuses access \(403\)/],
    [404, 'NOT_FOUND', /no such repository or revision/],
  ])('status %i is %s and says what to do', async (status, code, message) => {
    hub.hubFaults.push({ kind: 'status', status });
    const attempt = getWeights(NAME, { env: env() });
    await expect(attempt).rejects.toMatchObject({ code });
    await expect(attempt).rejects.toThrow(message);
  });

  test('a busy hub is asked again', async () => {
    hub.hubFaults.push({ kind: 'status', status: 429 }, { kind: 'status', status: 503 });
    expect((await getWeights(NAME, { env: env() })).sha256).toBe(SHA256);
  });

  test('the token goes to the hub and not to the server that has the bytes', async () => {
    const store = hub;
    hub = await hubServer(CONTENT, { store: store.url });
    try {
      await getWeights(NAME, { env: env({ HF_TOKEN: 'hf_secret' }) });
      expect(new Set(hub.requests.map(({ token }) => token))).toEqual(new Set(['Bearer hf_secret']));
      expect(store.requests.length).toBeGreaterThan(0);
      expect(store.requests.filter(({ token }) => token !== undefined)).toEqual([]);
    } finally {
      await store.close();
    }
  });

  test.each([
    ['a mirror that is not there', { HF_ENDPOINT: 'http://127.0.0.1:9' }],
    ['no network allowed', { HF_HUB_OFFLINE: '1' }],
  ])('%s: one error with the three ways out', async (_, more) => {
    const attempt = getWeights(NAME, { env: env(more) });
    await expect(attempt).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(attempt).rejects.toThrow(/HF_ENDPOINT.*--weights.*--backbone scattering/);
  });

  test('the error says why the hub cannot be reached', async () => {
    const attempt = getWeights(NAME, { env: env({ HF_ENDPOINT: 'http://127.0.0.1:9' }) });
    await expect(attempt).rejects.toThrow(/127\.0\.0\.1:9: cannot be reached: bad port\./);
  });

  test('an unknown name lists those there are', async () => {
    await expect(getWeights('resnet19')).rejects.toThrow(
      /no weights 'resnet19'; known are efficientnet_b4, resnet18/,
    );
    await expect(getWeights('constructor')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

test('verifyWeights() finds a file that has changed', async () => {
  await expect(verifyWeights(NAME, { env: env() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const { path } = await getWeights(NAME, { env: env() });
  expect((await verifyWeights(NAME, { env: env() })).sha256).toBe(SHA256);
  await appendFile(blobOf(), 'x');
  await expect(verifyWeights(NAME, { env: env() })).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  expect((await readFile(path)).length).toBe(CONTENT.length + 1);
});

test('the cache folder follows the hub’s variables', () => {
  expect(cacheFolder({ HF_HUB_CACHE: '/a' })).toBe('/a');
  expect(cacheFolder({ HF_HOME: '/b' })).toBe(join('/b', 'hub'));
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'huggingface', 'hub'));
});

test('the table is complete and its licences are named', () => {
  for (const [name, info] of Object.entries(WEIGHTS)) {
    expect(info.repo, name).toMatch(/^[\w-]+\/[\w.-]+$/);
    expect(info.licence.length, name).toBeGreaterThan(2);
    expect(info.file, name).toMatch(/\.safetensors$/);
  }
});
