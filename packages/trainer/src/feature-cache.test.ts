import { mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FeatureCache } from './index.js';

const hash = 'ab'.repeat(32);
const features = Float32Array.of(1, -2, Number.MIN_VALUE, 4, 5, 6);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-cache-'));
});

const files = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

describe('FeatureCache', () => {
  test('gives back what was written, bit for bit, also to a new instance', async () => {
    await new FeatureCache(folder, 'f').write(hash, features, [2, 3]);
    expect(await new FeatureCache(folder, 'f').read(hash)).toEqual(features);
  });

  test('another fingerprint or picture is another entry', async () => {
    await new FeatureCache(folder, 'f').write(hash, features, [2, 3]);
    expect(await new FeatureCache(folder, 'g').read(hash)).toBeUndefined();
    expect(await new FeatureCache(folder, 'f').read('cd'.repeat(32))).toBeUndefined();
  });

  test('a damaged file is not read and can be written again', async () => {
    const cache = new FeatureCache(folder, 'f');
    await cache.write(hash, features, [2, 3]);
    const [path = ''] = await files();
    await truncate(path, (await readFile(path)).length - 1);
    expect(await cache.read(hash)).toBeUndefined();
    await cache.write(hash, features, [2, 3]);
    expect(await cache.read(hash)).toEqual(features);
  });

  test('leaves no temporary file, and a left-over one is never read', async () => {
    const cache = new FeatureCache(folder, 'f');
    await cache.write(hash, features, [2, 3]);
    const [path = ''] = await files();
    expect(await files()).toHaveLength(1);
    await writeFile(`${path}.1234.part`, 'half');
    expect(await cache.read(hash)).toEqual(features);
  });

  test('a folder that cannot be made is an error that names it', async () => {
    const blocked = join(folder, 'file');
    await writeFile(blocked, '');
    await expect(new FeatureCache(blocked, 'f').write(hash, features, [6])).rejects.toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringContaining(blocked) }),
    );
  });
});
