import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors, halfToFloat, MintError } from '@mint/internal';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { killWriters } from '../__fixtures__/kill-writers.js';
import { imageHash, madeFeatures, readEach, SHAPE } from '../__fixtures__/made-features.js';
import { listCache, pruneCache, verifyCache } from './cache-folder.js';
import { FeatureCache } from './feature-cache.js';

/** Lets a number of bytes reach the disk; what is over meets a full one. */
const disk = vi.hoisted(() => ({ space: Number.POSITIVE_INFINITY }));
vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  const open: typeof original.open = async (...args) => {
    const file = await original.open(...args);
    const write = file.writeFile.bind(file);
    file.writeFile = async (content) => {
      if (!(content instanceof Uint8Array) || content.length <= disk.space) return write(content);
      await write(content.subarray(0, disk.space));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    return file;
  };
  return { ...original, open };
});

const hash = 'ab'.repeat(32);
const features = Float32Array.of(1, -2, 2 ** -149, 4, 5, 1e-40);
let folder: string;

beforeEach(async () => {
  disk.space = Number.POSITIVE_INFINITY;
  folder = await mkdtemp(join(tmpdir(), 'mint-cache-'));
});

const files = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

/** Writes features and puts them on disk. */
async function store(fingerprint = 'f', options: ConstructorParameters<typeof FeatureCache>[2] = {}) {
  const cache = new FeatureCache(folder, fingerprint, options);
  await cache.write(hash, features, [2, 3]);
  await cache.flush();
  return cache;
}

const read = async (fingerprint = 'f', options: ConstructorParameters<typeof FeatureCache>[2] = {}) =>
  (await readEach(new FeatureCache(folder, fingerprint, options), [hash]))[0];

describe('FeatureCache', () => {
  test('gives back what was written, bit for bit, at once and to a new instance', async () => {
    const cache = new FeatureCache(folder, 'f');
    expect(await cache.write(hash, features, [2, 3])).toEqual(features);
    expect(await readEach(cache, [hash])).toEqual([features]);
    expect(await read()).toBeUndefined();
    expect(await new FeatureCache(folder, 'f').count()).toBe(0);
    await cache.flush();
    expect(await new FeatureCache(folder, 'f').count()).toBe(1);
    expect(await readEach(cache, [hash])).toEqual([features]);
    expect(await read()).toEqual(features);
  });

  test('an instance that lists the folder early sees what another writes later', async () => {
    const early = new FeatureCache(folder, 'f');
    expect(await readEach(early, [hash])).toEqual([undefined]);
    await store();
    expect(await readEach(early, [hash])).toEqual([features]);
  });

  test('callers can change neither what is stored nor what others got', async () => {
    const cache = new FeatureCache(folder, 'f');
    const mine = features.slice();
    (await cache.write(hash, mine, [2, 3]))[0] = 7;
    mine[1] = 7;
    ((await readEach(cache, [hash]))[0] as Float32Array)[2] = 7;
    expect(await readEach(cache, [hash])).toEqual([features]);
  });

  test('another image, preprocessing, weights or kind of numbers is another entry', async () => {
    await store();
    expect(await read('g')).toBeUndefined();
    expect(await read('f', { dtype: 'f16' })).toBeUndefined();
    expect(await readEach(new FeatureCache(folder, 'f'), ['cd'.repeat(32)])).toEqual([undefined]);
    // Not even when somebody moves the file.
    const [path = ''] = await files();
    await store('g');
    const [other = ''] = (await files()).filter((name) => name !== path);
    await rm(other);
    await rename(path, join(other, '..', path.split(/[\\/]/).at(-1) ?? ''));
    expect(await read('g')).toBeUndefined();
  });

  test('f16: every one of the 65,536 numbers comes back exactly, beside images of other values', async () => {
    const given = Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToFloat(half));
    const other = given.toReversed();
    const cache = new FeatureCache(folder, 'f', { dtype: 'f16' });
    await cache.write(hash, given, [256, 256]);
    await cache.write('cd'.repeat(32), other, [256, 256]);
    await cache.flush();
    const stored = new FeatureCache(folder, 'f', { dtype: 'f16' });
    const { features: read, missing } = await stored.read([hash, 'cd'.repeat(32), hash]);
    expect(missing).toEqual([]);
    const expected = [...given, ...other, ...given];
    expect(read).toHaveLength(expected.length);
    expect(expected.findIndex((value, i) => !Object.is(value, read[i]))).toBe(-1);
  });

  test('f16: rounded to the nearest, the same before and after the disk; too large is refused', async () => {
    const cache = new FeatureCache(folder, 'f', { dtype: 'f16' });
    const given = Float32Array.of(1 / 3, -65519, 2 ** -24, 1e-9, Number.NaN, Number.NEGATIVE_INFINITY);
    const kept = await cache.write(hash, given, [6]);
    expect([...kept]).toEqual([1365 / 4096, -65504, 2 ** -24, 0, Number.NaN, Number.NEGATIVE_INFINITY]);
    await cache.flush();
    expect(await read('f', { dtype: 'f16' })).toEqual(kept);
    await expect(cache.write(hash, Float32Array.of(1, 65520), [2])).rejects.toThrow(
      /abab: 65520 is beyond .* use f32/,
    );
  });

  test('a shard is a safetensors file, written when it is full', async () => {
    const cache = new FeatureCache(folder, 'f', { shardBytes: 3 * (SHAPE[0] * SHAPE[1] * 4 + 256) });
    for (let i = 0; i < 7; i++) await cache.write(imageHash(i), madeFeatures(i), SHAPE);
    expect(await files()).toHaveLength(2);
    await cache.flush();
    await cache.flush();
    expect(await files()).toHaveLength(3);
    const tensors: Record<string, unknown> = {};
    for (const path of await files()) {
      const shard = decodeSafetensors(await readFile(path), path);
      expect(shard.metadata.fingerprint).toBe('f32 f');
      Object.assign(tensors, shard.tensors);
    }
    expect(tensors).toEqual(
      Object.fromEntries(
        Array.from({ length: 7 }, (_, i) => [imageHash(i), { shape: SHAPE, data: madeFeatures(i) }]),
      ),
    );
  });

  test('any damaged byte and any shorter file: the right features or none, and they can be written again', async () => {
    await store();
    const [path = ''] = await files();
    const whole = await readFile(path);
    let served = 0;
    const check = async (content: Uint8Array) => {
      await writeFile(path, content);
      const found = await read();
      if (found !== undefined) expect(found).toEqual(features);
      served += Number(found !== undefined);
    };
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [0, 4, 7]) {
        const changed = Uint8Array.from(whole);
        changed[at] = (changed[at] as number) ^ (1 << bit);
        await check(changed);
      }
      await check(whole.subarray(0, at));
    }
    await check(new Uint8Array(whole.length));
    expect(served).toBe(0);
    expect(await readEach(await store(), [hash])).toEqual([features]);
    expect(await read()).toEqual(features);
  });

  test('a damaged copy does not hide a good one, also for an instance that has listed both', async () => {
    await store();
    const second = new FeatureCache(folder, 'f');
    await second.write('cd'.repeat(32), features, [6]);
    await second.write(hash, features, [2, 3]);
    await second.flush();
    for (const path of await files()) {
      const reader = new FeatureCache(folder, 'f');
      expect(await readEach(reader, [hash])).toEqual([features]);
      const whole = await readFile(path);
      await writeFile(path, Uint8Array.from(whole).fill(0, whole.length - 24));
      expect(await readEach(reader, [hash])).toEqual([features]);
      expect(await read()).toEqual(features);
      await writeFile(path, whole);
    }
  });

  test('a full disk is an error that names the file; nothing half written stays, and the features count as missing', async () => {
    const cache = await store();
    const before = await files();
    const other = 'cd'.repeat(32);
    const { length } = await readFile(before[0] ?? '');
    for (const space of [0, 1, 200, length - 1]) {
      disk.space = space;
      await cache.write(other, features, [2, 3]);
      await expect(cache.flush()).rejects.toThrow(
        expect.objectContaining({ code: 'DISK_FULL', message: expect.stringContaining(folder) }),
      );
      expect(await files()).toEqual(before);
      expect(await readEach(cache, [hash, other])).toEqual([features, undefined]);
    }
    disk.space = Number.POSITIVE_INFINITY;
    await cache.write(other, features, [2, 3]);
    await cache.flush();
    expect(await readEach(new FeatureCache(folder, 'f'), [hash, other])).toEqual([features, features]);
  });

  test('several processes write, read and are killed: what is read is right, and work gets done', async () => {
    const outcome = await killWriters(folder, { kills: 9, writers: 3, images: 60, seed: 1 });
    expect(outcome.wrong).toBe(0);
    expect(outcome.there).toBeGreaterThan(30);
  });

  test('a folder that cannot be made is an error that names it', async () => {
    const blocked = join(folder, 'file');
    await writeFile(blocked, '');
    const cache = new FeatureCache(blocked, 'f');
    await cache.write(hash, features, [6]);
    await expect(cache.flush()).rejects.toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringContaining(blocked) }),
    );
  });

  test.each([
    [
      () => new FeatureCache('x', 'f', { shardBytes: 0 }),
      '`shardBytes` must be an integer of at least 1, got 0',
    ],
    [() => new FeatureCache('x', 'f').write('../up', features, [6]), "got '../up'"],
    [() => new FeatureCache('x', 'f').write(hash, features, [4]), 'shape [4] does not fit 6 values'],
  ])('refuses what is no shard, hash or shape', async (attempt, message) => {
    const error = await (async () => attempt())().catch((thrown: unknown) => thrown);
    expect(MintError.isInstance(error) && error.message).toContain(message);
  });
});

describe('listCache(), verifyCache(), pruneCache()', () => {
  const damaged = join('0'.repeat(16), `${'1'.repeat(64)}.safetensors`);

  test('counts images, files and bytes of each setting', async () => {
    await store('{"a":1}');
    const twice = new FeatureCache(folder, '{"a":1}');
    await twice.write(hash, features, [6]);
    await twice.write('cd'.repeat(32), features, [6]);
    await twice.flush();
    await store('{"a":2}');
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    const entries = await listCache(folder);
    const sizes = await Promise.all(
      (await files()).filter((path) => !path.endsWith('.txt')).map((path) => readFile(path)),
    );
    expect(
      entries
        .map(({ fingerprint, images, shards }) => ({ fingerprint, images, shards }))
        .sort((a, b) => a.shards - b.shards),
    ).toEqual([
      { fingerprint: 'f32 {"a":2}', images: 1, shards: 1 },
      { fingerprint: 'f32 {"a":1}', images: 2, shards: 2 },
    ]);
    expect(entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
      sizes.reduce((sum, { length }) => sum + length, 0),
    );
    for (const { lastUsed } of entries)
      expect(Math.abs(lastUsed.getTime() - Date.now())).toBeLessThan(60_000);
    expect(await listCache(join(folder, 'nowhere'))).toEqual([]);
  });

  test('verify names each damaged file and what is wrong with it', async () => {
    await store();
    expect(await verifyCache(folder)).toEqual({ images: 1, damaged: [] });
    const [path = ''] = await files();
    const whole = await readFile(path);
    await writeFile(path, Uint8Array.from(whole).fill(1, whole.length - 3));
    await mkdir(join(folder, '0'.repeat(16)));
    await writeFile(join(folder, damaged), 'no shard');
    const { images, damaged: found } = await verifyCache(folder);
    expect(images).toBe(0);
    expect(found).toHaveLength(2);
    expect(found.find(({ path: bad }) => bad === path)?.reason).toContain('1 of 1 images');
    expect(found.find(({ path: bad }) => bad === join(folder, damaged))?.reason).toContain(
      'not a valid safetensors',
    );
  });

  test('prune removes damaged files, old temporary files and settings not used for long, and nothing else', async () => {
    await store('new');
    const [kept = ''] = await files();
    await mkdir(join(folder, '0'.repeat(16)));
    await writeFile(join(folder, damaged), 'no shard');
    const notOurs = [join(folder, 'notes.txt'), join(folder, 'model.safetensors')];
    for (const path of notOurs) await writeFile(path, 'x');
    const [young, old] = ['young', 'old'].map((name) => join(kept, '..', `.${name}.part`));
    for (const path of [young, old]) await writeFile(path ?? '', 'half');
    await utimes(old ?? '', 0, Date.now() / 1000 - 7200);
    await store('old');
    const unused =
      (await listCache(folder)).find(({ fingerprint }) => fingerprint === 'f32 old')?.folder ?? '';
    const longAgo = Date.now() / 1000 - 10 * 86_400;
    await utimes(unused, longAgo, longAgo);

    expect((await pruneCache(folder)).removed.toSorted()).toEqual([join(folder, damaged), old].sort());
    expect(await read('old')).toEqual(features);
    await utimes(unused, longAgo, longAgo);
    expect((await pruneCache(folder, { unusedDays: 11 })).removed).toEqual([]);
    const { removed, bytes } = await pruneCache(folder, { unusedDays: 9 });
    expect(removed).toHaveLength(1);
    expect(bytes).toBeGreaterThan(features.byteLength);
    expect((await files()).sort()).toEqual([kept, young, ...notOurs].sort());
  });

  test('a reader goes on when its shard is pruned and written again, under the same name', async () => {
    const cache = await store();
    await rm((await files())[0] ?? '');
    expect(await readEach(cache, [hash])).toEqual([undefined]);
    await store();
    expect(await readEach(cache, [hash])).toEqual([features]);
  });
});
