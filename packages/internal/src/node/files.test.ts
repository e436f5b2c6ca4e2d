import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFileOf, sha256, writeFileAtomic, writeFilesAtomic } from './files.js';

const folder = () => mkdtemp(join(tmpdir(), 'mint-internal-'));

describe('writeFilesAtomic()', () => {
  test('makes folders, replaces content and leaves no temporary file', async () => {
    const path = join(await folder(), 'a', 'b.txt');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(path, Uint8Array.of(110, 101, 119));
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(path, '..'))).toEqual(['b.txt']);
  });

  test('if one file cannot be written, none is, and the error names it', async () => {
    const root = await folder();
    await writeFile(join(root, 'blocked'), '');
    const files = [
      { path: join(root, 'fine'), content: 'x' },
      { path: join(root, 'blocked', 'inside'), content: 'x' },
    ];
    await expect(writeFilesAtomic(files)).rejects.toThrow(
      expect.objectContaining({
        code: 'UNAVAILABLE',
        message: expect.stringContaining(join('blocked', 'inside')),
      }),
    );
    expect(await readdir(root)).toEqual(['blocked']);
  });
});

test('readFileOf() names the purpose of a missing file', async () => {
  await expect(readFileOf('weights', '/nowhere/w')).rejects.toThrow(
    '/nowhere/w: cannot read the weights: there is no such file',
  );
});

test('readFileOf() refuses at once what is not a file or is too large', async () => {
  const root = await folder();
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await symlink('/dev/zero', join(root, 'zero'));
  for (const path of [pipe, join(root, 'zero'), root])
    await expect(readFileOf('weights', path)).rejects.toThrow(
      `${path}: cannot read the weights: it is not a regular file`,
    );
  await writeFile(join(root, 'six'), '123456');
  expect(await readFileOf('weights', join(root, 'six'), 6)).toHaveLength(6);
  await expect(readFileOf('weights', join(root, 'six'), 5)).rejects.toThrow(
    expect.objectContaining({
      code: 'CORRUPT_FILE',
      message: expect.stringContaining('in at most 5 bytes, it has 6'),
    }),
  );
});

test('sha256() of the empty string', () => {
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
