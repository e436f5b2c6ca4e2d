import { lookup } from 'node:dns/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { httpSource } from '../index.js';
import { isPrivateHost } from './private-address.js';

vi.mock('node:dns/promises', () => ({ lookup: vi.fn() }));
const addresses = new Map([
  ['public.example', ['93.184.216.34']],
  ['inside.example', ['10.0.0.7']],
  ['both.example', ['93.184.216.34', 'fd00::7']],
]);
vi.mocked(lookup).mockImplementation((async (name: string) => {
  const found = addresses.get(name);
  if (found === undefined) throw new Error('ENOTFOUND');
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}) as never);
afterEach(() => vi.unstubAllGlobals());

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
  ['unknown.example', false],
])('%s is private: %s', async (host, expected) => {
  expect(await isPrivateHost(host)).toBe(expected);
});

test.each([
  ['an address', 'http://169.254.169.254/latest/meta-data'],
  ['a name', 'http://inside.example/secret'],
  ['a way around', 'http://public.example/again'],
])('a public server cannot send us inside by %s', async (_name, location) => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.href);
    const target = url.pathname === '/again' ? 'http://127.0.0.1/' : location;
    return url.hostname === 'public.example'
      ? new Response(null, { status: 302, headers: { location: target } })
      : new Response('secret');
  });
  const read = (options: object) =>
    httpSource('http://public.example/', { retries: 0, ...options }).read('a.png');
  await expect(read({})).rejects.toEqual(
    expect.objectContaining({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^http:\/\/public\.example\/a\.png: redirects from a public address to a private one/,
      ),
    }),
  );
  expect(asked.every((url) => url.startsWith('http://public.example/'))).toBe(true);
  expect(new TextDecoder().decode(await read({ allowPrivate: true }))).toBe('secret');
});

test('inside, redirects from one machine to another are followed', async () => {
  vi.stubGlobal('fetch', async (url: URL) =>
    url.hostname === 'inside.example'
      ? new Response(null, { status: 302, headers: { location: 'http://10.0.0.8/a.png' } })
      : new Response('image'),
  );
  expect(new TextDecoder().decode(await httpSource('http://inside.example/').read('a.png'))).toBe('image');
});
