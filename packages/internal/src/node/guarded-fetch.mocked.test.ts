import { lookup } from 'node:dns/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { guardedFetch } from './guarded-fetch.js';
import { pinnedRequest } from './pinned-request.js';
import { resolveHost } from './private-address.js';

vi.mock('node:dns/promises', () => ({ lookup: vi.fn() }));
vi.mock('./pinned-request.js', { spy: true });

/** What each name resolves to, time after time; the last answer stays. */
let names: Record<string, string[][]>;
let hosts: (string | undefined)[];
let answer: RequestListener;
let port: number;

const server = createServer((request, response) => {
  hosts.push(request.headers.host);
  answer(request, response);
});

beforeEach(async () => {
  names = {
    'public.example': [['93.184.216.34']],
    'inside.example': [['127.0.0.1']],
    'both.example': [['93.184.216.34', 'fd00::7']],
  };
  hosts = [];
  answer = (_request, response) => void response.end('secret');
  vi.mocked(lookup).mockImplementation((async (name: string) => {
    const answers = names[name];
    const found = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
    if (found === undefined) throw new Error('ENOTFOUND');
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }) as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  vi.mocked(pinnedRequest).mockReset();
  vi.mocked(lookup).mockClear();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.100.100.200', true],
  ['0.0.0.0', true],
  ['8.8.8.8', false],
  ['[::1]', true],
  ['[fd12::1]', true],
  ['[fe80::1]', true],
  ['[::ffff:a01:203]', true],
  ['[2606:4700::1111]', false],
  ['public.example', false],
  ['inside.example', true],
  ['both.example', true],
])('%s is private: %s', async (host, expected) => {
  expect((await resolveHost(host)).isPrivate).toBe(expected);
});

test('a name is resolved once, and the connection goes to the address that was checked', async () => {
  names['turns.example'] = [['127.0.0.1'], ['127.0.0.2']];
  const response = await guardedFetch(new URL(`http://turns.example:${port}/a?b=1`));
  expect([response.status, await response.text()]).toEqual([200, 'secret']);
  expect(hosts).toEqual([`turns.example:${port}`]);
  expect(lookup).toHaveBeenCalledTimes(1);
});

test('a name that turns to this machine between check and connection does not reach it', async () => {
  names['turns.example'] = [['192.0.2.1'], ['127.0.0.1']];
  const signal = AbortSignal.timeout(300);
  await expect(guardedFetch(new URL(`http://turns.example:${port}/`), { signal })).rejects.toThrow();
  expect(hosts).toEqual([]);
  expect(lookup).toHaveBeenCalledTimes(1);
});

/** Servers of the internet, as the redirects that they answer with; all others are asked in truth. */
const publicServers = (redirects: Readonly<Record<string, string>>) =>
  vi.mocked(pinnedRequest).mockImplementation(async (url) => {
    hosts.push(url.host);
    const location = redirects[url.pathname];
    return location === undefined
      ? new Response('secret')
      : new Response(null, { status: 302, headers: { location } });
  });

test.each([
  ['an address', { '/': 'http://169.254.169.254/latest/meta-data' }],
  ['a name', { '/': 'http://inside.example/secret' }],
  ['a name that has just turned', { '/': 'http://turning.example/1', '/1': 'http://turning.example/2' }],
  ['a way around', { '/': 'http://public.example/again', '/again': 'http://127.0.0.1/end' }],
])('a public server cannot send us inside by %s', async (_name, redirects) => {
  names['turning.example'] = [['93.184.216.35'], ['127.0.0.1']];
  publicServers(redirects);
  const start = new URL('http://public.example/?sig=s3cr3t');
  const refusal = await guardedFetch(start).catch((error) => error);
  expect(refusal).toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(
      /^http:\/\/public\.example\/: redirects from a public address to a private one/,
    ),
  });
  expect(refusal.message).not.toContain('s3cr3t');
  expect(hosts.every((host) => ['public.example', 'turning.example'].includes(host ?? ''))).toBe(true);
  expect(await (await guardedFetch(start, { allowPrivate: true })).text()).toBe('secret');
});

test('inside, redirects from one machine to another are followed; from https to http never', async () => {
  publicServers({ '/': 'http://10.0.0.8/a.png', '/s': 'http://10.0.0.8/a.png' });
  expect(await (await guardedFetch(new URL('http://inside.example/'))).text()).toBe('secret');
  await expect(guardedFetch(new URL('https://inside.example/s'))).rejects.toThrow(
    'an address that is not safe',
  );
});

test('a compressed answer is decoded, and one that is cut short is an error', async () => {
  answer = (_request, response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('much '.repeat(99)));
  const fetched = async () => (await guardedFetch(new URL(`http://127.0.0.1:${port}/`))).text();
  expect(await fetched()).toBe('much '.repeat(99));
  answer = (_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => response.destroy(), 50);
  };
  await expect(fetched()).rejects.toThrow();
  answer = (_request, response) => void response.writeHead(304).end();
  expect((await guardedFetch(new URL(`http://127.0.0.1:${port}/`))).body).toBeNull();
});
