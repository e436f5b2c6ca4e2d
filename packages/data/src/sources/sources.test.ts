import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type {} from '@mint/test-utils/s3'; // declares s3rver
import S3rver from 's3rver';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  batches,
  folderSource,
  fromSource,
  httpSource,
  type ImageSource,
  readUrl,
  s3Source,
} from '../index.js';

const preprocessing = { width: 5, height: 3, filter: 'bilinear' } as const;
/** Files of a small data set by path. */
const files = new Map<string, Uint8Array>();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-source-'));
  const png = (seed: number, channels: 1 | 3) => {
    const data = Uint8Array.from({ length: 12 * 7 * channels }, (_, i) => (i * seed) % 251);
    return sharp(data, { raw: { width: 12, height: 7, channels } })
      .png()
      .toBuffer();
  };
  const names = [
    'bolt/train/good/0.png',
    'bolt/train/good/ü 1#?.png',
    'bolt/test/good/2.png',
    'bolt/test/dent/3.png',
  ];
  for (const [i, name] of names.entries()) files.set(name, await png(i + 3, 3));
  files.set('bolt/ground_truth/dent/3_mask.png', await png(1, 1));
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, 'set', name)), { recursive: true });
    await writeFile(join(folder, 'set', name), content);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a source gives: every sample with the hash of its image and its mask. */
async function contentOf(source: ImageSource): Promise<string[]> {
  const { samples } = await fromSource(source);
  const seen: string[] = [];
  for await (const batch of batches(samples, { batchSize: 2, preprocessing, workers: 1 }))
    batch.samples.forEach(({ id, label, split }, i) => {
      seen.push([id, split, label, batch.hashes[i], batch.masks[i]?.data.join('') ?? ''].join(' '));
    });
  return seen.sort();
}
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('a folder: the data set, parts of files, and nothing outside it', async () => {
  const source = await folderSource(join(folder, 'set'));
  const seen = await contentOf(source);
  expect(seen).toHaveLength(4);
  for (const line of seen)
    expect([...files.values()].map(sha)).toContain(line.split(' ').find((part) => part.length === 64));
  expect(seen.find((line) => line.includes('anomalous'))).toMatch(/ [01]*1[01]*$/);
  const whole = files.get('bolt/test/good/2.png') ?? new Uint8Array();
  expect(Buffer.compare(await source.read('bolt/test/good/2.png', [5, 17]), whole.subarray(5, 17))).toBe(0);
  await writeFile(join(folder, 'secret'), 'x');
  await symlink(join(folder, 'secret'), join(folder, 'set', 'link.png'));
  for (const path of ['../secret', 'link.png'])
    await expect(source.read(path)).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  await rm(join(folder, 'set', 'link.png'));
  await expect(source.read('gone.png')).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

describe('httpSource()', () => {
  const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => (i * i) % 253);
  let requests: IncomingMessage[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void;
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  let root = '';
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    requests = [];
  });
  const read = (options: Parameters<typeof httpSource>[1] = {}, range?: readonly [number, number]) =>
    httpSource(root, { timeout: 5000, ...options }).read('a.png', range);
  const same = (got: Uint8Array, from = 0, to = bytes.length) =>
    expect(Buffer.compare(got, bytes.subarray(from, to))).toBe(0);
  /** A server that knows parts, and breaks the connection after so many bytes, where given. */
  const serve = (
    response: ServerResponse,
    request: IncomingMessage,
    breakAfter = Number.POSITIVE_INFINITY,
    etag = '"1"',
  ) => {
    const valid = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const partial = request.headers.range !== undefined && valid;
    const body = partial ? bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1) : bytes;
    response.writeHead(partial ? 206 : 200, {
      etag,
      'content-length': body.length,
      ...(partial && { 'content-range': `bytes ${from}-${Number(from) + body.length - 1}/${bytes.length}` }),
    });
    if (breakAfter >= body.length) response.end(body);
    else response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 20));
  };

  test('readUrl() asks for exactly that address, query and all, and goes on after a broken connection', async () => {
    answer = (request, response, nth) => serve(response, request, nth === 1 ? 10_000 : undefined);
    same(await readUrl(`${root}/?action=snapshot&a=b%2Fc`));
    expect(requests.map(({ url }) => url)).toEqual(Array(2).fill('/?action=snapshot&a=b%2Fc'));
    answer = (_, response) => response.writeHead(404).end();
    await expect(readUrl(`${root}/x`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const address of ['ftp://host/a', 'a.png', 'http://me:secret@host/a'])
      await expect(readUrl(address)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('a data set from a list of paths, names with any characters', async () => {
    answer = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', root);
      const found = files.get(decodeURIComponent(pathname.replace('/set/', '')));
      if (found === undefined || searchParams.get('sig') !== 's3cr3t') response.writeHead(404).end();
      else response.end(found);
    };
    const source = httpSource(`${root}/set?sig=s3cr3t`, { paths: [...files.keys()] });
    expect(await contentOf(source)).toEqual(await contentOf(await folderSource(join(folder, 'set'))));
    await expect(source.read('gone.png')).rejects.toThrow(`${root}/set/gone.png: there is no such file`);
  });

  test('a part of a file, from a server that knows parts and from one that does not', async () => {
    answer = (request, response) => serve(response, request);
    same(await read({}, [100, 4321]), 100, 4321);
    answer = (_request, response) => void response.end(bytes);
    same(await read({}, [100, 4321]), 100, 4321);
  });

  test('a broken connection goes on where it broke off; when the file has changed, from the start', async () => {
    answer = (request, response, nth) => serve(response, request, nth < 3 ? 20_000 : undefined);
    same(await read());
    expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=20000-', 'bytes=40000-']);
    requests = [];
    answer = (request, response, nth) => serve(response, request, nth < 2 ? 20_000 : undefined, `"${nth}"`);
    same(await read());
    expect(requests).toHaveLength(2);
    requests = [];
    answer = (_request, response, nth) => {
      response.writeHead(200, { 'content-length': bytes.length });
      if (nth === 1)
        response.write(bytes.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 20));
      else response.end(bytes);
    };
    same(await read());
    expect(requests[1]?.headers.range).toBeUndefined();
  });

  test('a busy server is asked again when it says so, a refusing server is not', async () => {
    answer = (_request, response, nth) => {
      if (nth === 1) response.writeHead(503, { 'retry-after': '0' }).end();
      else if (nth === 2) response.writeHead(429).end();
      else response.end(bytes);
    };
    same(await read());
    expect(requests).toHaveLength(3);
    requests = [];
    answer = (_request, response) => void response.writeHead(500, { 'retry-after': '0' }).end();
    await expect(read({ retries: 2 })).rejects.toThrow(
      'cannot be read after 3 attempts: the server answered 500',
    );
    expect(requests).toHaveLength(3);
    requests = [];
    answer = (_request, response) => void response.writeHead(403).end('secret');
    await expect(read()).rejects.toThrow(/a\.png: the server refuses it \(403\)/);
    expect(requests).toHaveLength(1);
  });

  test('a server that does not answer, or stops in the middle, is given up', async () => {
    answer = (_request, response, nth) => {
      if (nth === 2) response.writeHead(200, { 'content-length': 1000 }).write('x');
    };
    await expect(read({ timeout: 150, retries: 1 })).rejects.toThrow(
      'after 2 attempts: no answer within 150 ms',
    );
  });

  test.each([
    ['announced', (response: ServerResponse) => response.end(bytes), 'has 50000 bytes, the limit is 9000'],
    [
      'not announced',
      (response: ServerResponse) => {
        response.write(bytes);
        response.end();
      },
      'has more than 9000 bytes',
    ],
  ])('a file over the limit is refused, its size %s', async (_, send, message) => {
    answer = (_request, response) => void send(response);
    await expect(read({ maxBytes: 9000 })).rejects.toThrow(message);
    expect(requests).toHaveLength(1);
  });

  test('redirects: credentials stay at their origin, and a loop ends', async () => {
    const elsewhere = createServer((request, response) => {
      requests.push(request);
      response.end(bytes);
    });
    await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
    const other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    answer = (request, response) => {
      const location = request.url === '/a.png' ? '/b.png' : `${other}/c.png`;
      response.writeHead(302, { location }).end();
    };
    same(await read({ headers: { authorization: 'Bearer s3cr3t' } }));
    elsewhere.close();
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer s3cr3t',
      'Bearer s3cr3t',
      undefined,
    ]);
    answer = (_request, response) => void response.writeHead(301, { location: '/a.png' }).end();
    await expect(read()).rejects.toThrow('redirects more than 5 times');
    answer = (_request, response) => void response.writeHead(301, { location: 'file:///etc/passwd' }).end();
    await expect(read()).rejects.toThrow('an address that is not safe');
  });

  test('no message holds credentials', async () => {
    const messages: string[] = [];
    const note = async (attempt: () => unknown) => {
      try {
        await attempt();
      } catch (error) {
        messages.push(
          error instanceof Error
            ? `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause}`
            : '',
        );
      }
    };
    const options = { headers: { authorization: 'Bearer s3cr3t' }, retries: 0, timeout: 300 };
    answer = (_request, response, nth) => void response.writeHead([400, 403, 404, 500][nth % 4] ?? 400).end();
    for (let i = 0; i < 4; i++) await note(() => httpSource(`${root}/?sig=s3cr3t`, options).read('a.png'));
    await note(() => httpSource('http://127.0.0.1:1/?sig=s3cr3t', options).read('a.png'));
    await note(() => httpSource('http://me:s3cr3t@host/'));
    await note(() => httpSource('s3cr3t'));
    await note(() => httpSource(`${root}/?sig=s3cr3t`, options).read('../up.png'));
    expect(messages).toHaveLength(8);
    for (const message of messages) expect(message).not.toContain('s3cr3t');
    expect(httpSource(`${root}/x?sig=s3cr3t`).name).toBe(`${root}/x/`);
  });
});

describe('s3Source()', () => {
  const store = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: join(tmpdir(), `mint-s3-${process.pid}`),
    configureBuckets: [{ name: 'parts', configs: [] }],
  });
  let client: S3Client;
  beforeAll(async () => {
    const { port } = await store.run();
    client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'local',
      forcePathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    for (const [name, Body] of files)
      await client.send(new PutObjectCommand({ Bucket: 'parts', Key: `line 1/${name}`, Body }));
    await client.send(new PutObjectCommand({ Bucket: 'parts', Key: 'other.png', Body: 'x' }));
  });
  afterAll(async () => {
    client.destroy();
    await store.close();
    await rm(join(tmpdir(), `mint-s3-${process.pid}`), { recursive: true, force: true });
  });

  test('a data set under a prefix', async () => {
    const source = await s3Source({ client, bucket: 'parts', prefix: 'line 1/' });
    expect(await contentOf(source)).toEqual(await contentOf(await folderSource(join(folder, 'set'))));
  });

  test('lists page by page', async () => {
    const pages: Record<string, object> = {
      first: {
        Contents: [{ Key: 'p/a.png' }, { Key: 'p/sub/' }],
        IsTruncated: true,
        NextContinuationToken: 'second',
      },
      second: { Contents: [{ Key: 'p/b.png' }], IsTruncated: true, NextContinuationToken: 'third' },
      third: { IsTruncated: false, NextContinuationToken: 'never' },
    };
    const send = async ({ input }: ListObjectsV2Command) => pages[input.ContinuationToken ?? 'first'];
    const names: string[] = [];
    for await (const name of (await s3Source({ client: { send }, bucket: 'b', prefix: 'p/' })).list())
      names.push(name);
    expect(names).toEqual(['a.png', 'b.png']);
  });

  test('parts, missing files, buckets and files over the limit', async () => {
    const source = await s3Source({ client, bucket: 'parts', prefix: 'line 1/', maxBytes: 400 });
    const whole = files.get('bolt/test/good/2.png') ?? new Uint8Array();
    expect(Buffer.compare(await source.read('bolt/test/good/2.png', [7, 19]), whole.subarray(7, 19))).toBe(0);
    await expect(source.read('gone.png')).rejects.toThrow(
      's3://parts/line 1/gone.png: there is no such file',
    );
    const small = await s3Source({ client, bucket: 'parts', prefix: 'line 1/', maxBytes: 30 });
    await expect(small.read('bolt/test/good/2.png')).rejects.toThrow('the limit is 30');
    const nowhere = await s3Source({ client, bucket: 'nowhere' });
    await expect(nowhere.list()[Symbol.asyncIterator]().next()).rejects.toThrow(
      /s3:\/\/nowhere\/: cannot be read: NoSuchBucket/,
    );
  });

  test('a store that does not answer is given up, and no message holds the key', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const slow = new S3Client({
      endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      region: 'local',
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKIDs3cr3t', secretAccessKey: 's3cr3t' },
    });
    const source = await s3Source({ client: slow, bucket: 'parts', timeout: 200 });
    const error = await source.read('a.png').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cr3t');
    silent.closeAllConnections();
    silent.close();
    slow.destroy();
  });
});
