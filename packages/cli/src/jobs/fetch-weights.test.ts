import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchWeights } from './fetch-weights.js';

const work = temporaryFolder();
const CONTENT = Buffer.alloc(4_000_000, 7);
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const said: string[] = [];
const progress = {
  start: (title: string, total: number, unit: string) => void said.push(`${title}: ${total} ${unit}`),
  update() {},
  stop() {},
  say: (text: string) => void said.push(text),
};
let stall: boolean;

/** A hub without large files: it answers with the bytes themselves, or with half of them and then nothing. */
const server = createServer((request, response) => {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const begin = Number(from ?? 0);
  const end = to ? Number(to) + 1 : CONTENT.length;
  response.writeHead(from === undefined ? 200 : 206, {
    etag: '"of-the-test"',
    'x-repo-commit': COMMIT,
    'content-length': end - begin,
    ...(from === undefined ? {} : { 'content-range': `bytes ${begin}-${end - 1}/${CONTENT.length}` }),
  });
  if (!stall || end - begin < 2) return void response.end(CONTENT.subarray(begin, end));
  response.write(CONTENT.subarray(begin, begin + CONTENT.length / 2));
});

beforeEach(async () => {
  said.length = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('HF_HOME', work.path);
  vi.stubEnv('HF_HUB_CACHE', undefined);
  vi.stubEnv('HF_HUB_OFFLINE', undefined);
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

test('Ctrl-C keeps what came; the next call goes on there, and a third needs no download', async () => {
  stall = true;
  const stopped = fetchWeights('resnet18', {
    ...progress,
    update: (done) => {
      if (done >= 1) process.emit('SIGINT');
    },
  });
  await expect(stopped).rejects.toThrow(
    expect.objectContaining({
      name: 'Interrupted',
      message: 'stopped; what was downloaded is kept. Go on with the same command.',
    }),
  );
  expect(said).toEqual([
    'resnet18: from timm/resnet18.tv_in1k, about 47 MB; licence: BSD-3-Clause',
    'download of resnet18: 4 MB',
    expect.stringContaining('stopping the download; press Ctrl-C again'),
  ]);
  const blobs = join(work.path, 'hub/models--timm--resnet18.tv_in1k/blobs');
  expect(await readdir(blobs)).toEqual(['of-the-test.incomplete']);

  stall = false;
  const { path, revision } = await fetchWeights('resnet18', progress);
  expect(revision).toBe(COMMIT);
  expect(said.filter((line) => line.startsWith('download'))).toHaveLength(2);
  said.length = 0;
  expect((await fetchWeights('resnet18', progress)).path).toBe(path);
  expect(said).toEqual([]);
});
