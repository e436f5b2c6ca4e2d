import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { startS3 } from '@mint/test-utils/s3';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { merge, readPart, writePart } from '../parts.js';
import { openStore } from './open-store.js';

const folder = temporaryFolder();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  vi.unstubAllEnvs();
});

const places: Readonly<Record<string, () => Promise<string>>> = {
  'a folder': async () => join(folder.path, 'store'),
  'a bucket': async () => {
    const { env, stop } = await startS3(join(folder.path, 's3'), ['parts']);
    ends.push(stop);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    return 's3://parts/2026 scores/';
  },
};

describe.each(Object.entries(places))('%s', (_, place) => {
  test('gives back what was written, and nothing for what was not', async () => {
    const store = await openStore(await place());
    await store.write('a/b.jsonl', 'first\n');
    await store.write('a/b.jsonl', 'second\n');
    await store.write('c.bin', Uint8Array.of(0, 255, 10));
    expect(Buffer.from((await store.read('a/b.jsonl')) ?? []).toString()).toBe('second\n');
    expect([...((await store.read('c.bin')) ?? [])]).toEqual([0, 255, 10]);
    expect(await store.read('a/c.jsonl')).toBeUndefined();
    const listed: string[] = [];
    for await (const path of store.list('')) listed.push(path);
    expect(listed.sort()).toEqual(['a/b.jsonl', 'c.bin']);
  });

  test('joins the parts of a batch in order, and lists what is unreadable', async () => {
    const store = await openStore(await place());
    const line = (n: number, i: number) =>
      JSON.stringify({
        picture: `${n}-${i}`,
        decision: i === 3 ? 'unreadable' : 'ok',
        note: 'x'.repeat(100),
      });
    const parts = Array.from({ length: 40 }, (_, n) => Array.from({ length: 5 }, (_, i) => line(n, i)));
    for (const [n, part] of parts.entries()) if (n !== 17) await writePart(store, n, part);
    await expect(merge(store, 40)).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining('000017.jsonl') }),
    );
    expect(await store.read('results.jsonl')).toBeUndefined();
    await writePart(store, 17, parts[17] ?? []);
    expect(await merge(store, 40)).toEqual({ lines: 200, unreadable: 40 });
    const text = async (path: string) => Buffer.from((await store.read(path)) ?? []).toString();
    expect(await text('results.jsonl')).toBe(`${parts.flat().join('\n')}\n`);
    expect((await text('unreadable.jsonl')).split('\n')).toHaveLength(41);
    expect(await readPart(store, 99)).toBeUndefined();
  });

  test('takes a large file in parts', async () => {
    const store = await openStore(await place());
    const chunk = `${'0123456789'.repeat(100_000)}\n`;
    await store.write(
      'large',
      (async function* () {
        for (let i = 0; i < 20; i++) yield chunk;
      })(),
    );
    const bytes = Buffer.from((await store.read('large')) ?? []);
    expect(bytes.equals(Buffer.from(chunk.repeat(20)))).toBe(true);
  });
});

test('a full disk and a malformed address are reported by name', async () => {
  await writeFile(join(folder.path, 'file'), '');
  const store = await openStore(join(folder.path, 'file'));
  await expect(store.write('a', 'b')).rejects.toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  await expect(openStore('s3://')).rejects.toThrow('s3://bucket/prefix');
});
