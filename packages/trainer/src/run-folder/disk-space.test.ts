import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assertFreeSpace, assertSpaceOn } from './disk-space.js';

const diskOf = async (folder: string) =>
  folder === tmpdir() ? { id: 1, free: 5e9 } : { id: 2, free: 1.5e6 };
const inTmp = join(tmpdir(), 'not', 'there');

test('needs on one disk are taken together, of folders that are not there yet too', async () => {
  const needs = [
    { what: 'features', bytes: 3e9, folder: inTmp },
    { what: 'checkpoints', bytes: 2e9, folder: tmpdir() },
  ];
  await assertSpaceOn(diskOf, needs);
  await expect(assertSpaceOn(diskOf, [...needs, { what: 'model', bytes: 1, folder: inTmp }])).rejects.toThrow(
    expect.objectContaining({
      code: 'DISK_FULL',
      message: `${inTmp} and ${tmpdir()}: about 5,001 MB are needed (features 3,000 MB, checkpoints 2,000 MB, model 1 MB), 5,000 MB are free; make room, or choose folders on another disk.`,
    }),
  );
});

test('each disk has its own limit', async () => {
  const big = { what: 'features', bytes: 4e9, folder: tmpdir() };
  await assertSpaceOn(diskOf, [big, { what: 'model', bytes: 1e6, folder: '/' }]);
  await expect(assertSpaceOn(diskOf, [big, { what: 'model', bytes: 2e6, folder: '/' }])).rejects.toThrow(
    '/: about 2 MB are needed (model 2 MB), 2 MB are free',
  );
});

test('the real disk has room for a byte, and none for more than it has free', async () => {
  const { bavail, bsize } = await statfs(tmpdir());
  await assertFreeSpace([{ what: 'model', bytes: 1, folder: inTmp }]);
  const needs = [{ what: 'model', bytes: 2 * bavail * bsize + 1e12, folder: inTmp }];
  await expect(assertFreeSpace(needs)).rejects.toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
});
