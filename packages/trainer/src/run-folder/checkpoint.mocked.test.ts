import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { afterPowerCut, disk } from '@mint/test-utils/watched-disk';
import { beforeEach, expect, test, vi } from 'vitest';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.js';

vi.mock('node:fs/promises', async (original) => {
  const { watched } = await import('@mint/test-utils/watched-disk');
  return watched(await original());
});

const work = temporaryFolder();
const checkpointOf = (step: number): Checkpoint => ({
  step,
  runHash: 'a',
  tensors: { weight: { w: { shape: [3], data: Float32Array.of(step, 1, 2) } } },
  numbers: {},
});
const stepIn = async (folder: string) => (await loadCheckpoint(folder, 'a', ['w'])).step;

beforeEach(() => disk.reset());

test('a power cut while a checkpoint is saved leaves one to resume from, the last or the new', async () => {
  // With one checkpoint kept, the old one goes as soon as the new one is there.
  const folder = join(work.path, 'checkpoints');
  await saveCheckpoint(folder, checkpointOf(1), 1);
  const [name = ''] = await readdir(folder);
  const before = new Map([[join(folder, name), await readFile(join(folder, name))]]);
  disk.reset();
  await saveCheckpoint(folder, checkpointOf(2), 1);
  const found: number[] = [];
  for (const files of afterPowerCut(before, [...disk.operations])) {
    await rm(folder, { recursive: true });
    await mkdir(folder);
    for (const [path, content] of files) await writeFile(path, content);
    found.push(await stepIn(folder));
  }
  expect(new Set(found)).toEqual(new Set([1, 2]));
});

test.each(['ENOSPC', 'EIO'])(
  'a disk that refuses with %s leaves a checkpoint to resume from',
  async (code) => {
    const folder = join(work.path, 'checkpoints');
    await saveCheckpoint(folder, checkpointOf(1), 1);
    disk.reset();
    await saveCheckpoint(folder, checkpointOf(2), 1);
    const count = disk.operations.length;
    expect(count).toBeGreaterThanOrEqual(6);
    for (let number = 0; number < count; number++) {
      await rm(folder, { recursive: true });
      await saveCheckpoint(folder, checkpointOf(1), 1);
      disk.reset({ number, code, broken: true });
      const saving = saveCheckpoint(folder, checkpointOf(2), 1);
      await expect(saving).rejects.toMatchObject({
        code: expect.stringMatching(/DISK_FULL|UNAVAILABLE|EIO|ENOSPC/),
      });
      disk.reset();
      expect([1, 2]).toContain(await stepIn(folder));
    }
  },
);
