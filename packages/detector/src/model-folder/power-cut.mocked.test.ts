import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { afterPowerCut, disk } from '@mint/test-utils/watched-disk';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { killWriters } from '../__fixtures__/kill-writers.js';
import { type DetectorState, MintDetector } from '../index.js';
import { readModelFolder, writeModelDescription, writeModelFolder } from './folder.js';

vi.mock('node:fs/promises', async (original) => {
  const { watched } = await import('@mint/test-utils/watched-disk');
  return watched(await original());
});

const work = temporaryFolder();
const config = { ...tinyConfig(['nut', 'bolt']), map: 'distance' } as const;
const stateOf = (seed: number): DetectorState => ({
  ...MintDetector.create({ ...config, seed }).toState(),
  provenance: { version: seed },
});
const [old, next] = [stateOf(1), stateOf(2)];

beforeEach(() => disk.reset());

/** The files of a folder by their path. */
async function filesOf(folder: string): Promise<Map<string, Uint8Array>> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  return new Map(
    await Promise.all(
      names.map(async (name) => [join(folder, name), await readFile(join(folder, name))] as const),
    ),
  );
}

/** Loads every state in which a power cut can leave the folder; gives the versions found. */
async function versionsAfterCut(
  folder: string,
  before: ReadonlyMap<string, Uint8Array>,
  operations: typeof disk.operations,
): Promise<Set<unknown>> {
  const found = new Set<unknown>();
  const seen = new Set<string>();
  for (const files of afterPowerCut(before, operations)) {
    const key = JSON.stringify(
      [...files].map(([path, content]) => [path, Buffer.from(content).toString('base64')]).sort(),
    );
    if (seen.has(key)) continue;
    seen.add(key);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const [path, content] of files) await writeFile(path, content);
    found.add((await readModelFolder(folder)).provenance?.version);
  }
  expect(seen.size).toBeGreaterThanOrEqual(8);
  return found;
}

describe('a model folder', () => {
  test('holds the old or the new model after a power cut at any moment', async () => {
    const folder = join(work.path, 'model');
    await writeModelFolder(folder, old);
    const before = await filesOf(folder);
    disk.reset();
    await writeModelFolder(folder, next);
    const operations = [...disk.operations];
    expect(await versionsAfterCut(folder, before, operations)).toEqual(new Set([1, 2]));
  });

  test('written by an older version holds the old or the new model, too', async () => {
    const folder = join(work.path, 'model');
    await writeModelFolder(folder, old);
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
    const json = await readFile(join(folder, 'model.json'), 'utf8');
    await writeFile(join(folder, 'model.safetensors'), await readFile(join(folder, file)));
    await writeFile(join(folder, 'model.json'), json.replace(file, 'model.safetensors'));
    await rm(join(folder, file));
    expect((await readModelFolder(folder)).provenance?.version).toBe(1);
    const before = await filesOf(folder);
    disk.reset();
    await writeModelFolder(folder, next);
    expect(await versionsAfterCut(folder, before, [...disk.operations])).toEqual(new Set([1, 2]));
  });

  test('keeps what was written once writing has returned, whatever is lost then', async () => {
    const folder = join(work.path, 'a', 'b', 'model');
    await writeModelFolder(folder, next);
    const synced = disk.operations.filter(({ kind }) => kind === 'syncFolder').map(({ path }) => path);
    // New folders have names in the folders above them.
    expect(synced).toEqual(
      expect.arrayContaining([folder, join(work.path, 'a', 'b'), join(work.path, 'a'), work.path]),
    );
    expect(disk.operations.at(-1)).toEqual({ kind: 'syncFolder', path: folder });
  });

  test.each(['ENOSPC', 'EIO', 'EDQUOT'])(
    'holds a whole model when the disk refuses any operation with %s',
    async (code) => {
      const folder = join(work.path, 'model');
      await writeModelFolder(folder, old);
      disk.reset();
      await writeModelFolder(folder, old);
      const count = disk.operations.length;
      expect(count).toBeGreaterThanOrEqual(10);
      for (const broken of [false, true]) {
        for (let number = 0; number < count; number++) {
          await writeModelFolder(folder, old);
          disk.reset({ number, code, broken });
          const error = await writeModelFolder(folder, next).catch((thrown: unknown) => thrown);
          disk.reset();
          const { provenance } = await readModelFolder(folder);
          // Old weights that cannot be removed are no failure.
          if (error === undefined) expect(provenance?.version).toBe(2);
          else {
            expect(MintError.isInstance(error) && error.code).toBe(
              code === 'EIO' ? 'UNAVAILABLE' : 'DISK_FULL',
            );
            expect([1, 2]).toContain(provenance?.version);
          }
        }
      }
    },
  );

  test('is left alone by a description that cannot be written', async () => {
    const folder = join(work.path, 'model');
    await writeModelFolder(folder, old);
    const json = await readFile(join(folder, 'model.json'), 'utf8');
    disk.reset({ number: 1, code: 'ENOSPC' });
    await expect(writeModelDescription(folder, { ...old, provenance: { version: 3 } })).rejects.toThrow(
      'no space left',
    );
    disk.reset();
    expect(await readFile(join(folder, 'model.json'), 'utf8')).toBe(json);
    expect((await readdir(folder)).length).toBe(2);
  });

  test('holds the last model written, or the next, after its writer was killed', async () => {
    // 200 of them in slow/: pnpm --filter @mint/detector test:slow.
    const { wrong, versions } = await killWriters(join(work.path, 'model'), 4, 1);
    expect(wrong).toEqual([]);
    expect(versions).toBeGreaterThanOrEqual(2);
  });

  test('that is replaced while it is read gives one of the two models', async () => {
    const folder = join(work.path, 'model');
    await writeModelFolder(folder, old);
    let stop = false;
    const writing = (async () => {
      for (let i = 0; i < 20; i++) await writeModelFolder(folder, i % 2 === 0 ? next : old);
      stop = true;
    })();
    let reads = 0;
    for (; !stop; reads++) expect([1, 2]).toContain((await readModelFolder(folder)).provenance?.version);
    await writing;
    expect(reads).toBeGreaterThan(5);
    expect(await readdir(folder)).toHaveLength(2);
  });
});
