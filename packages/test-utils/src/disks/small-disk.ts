import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mount = (folder: string, kilobytes: number): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'mint-small-disk', folder]).status === 0;
const unmount = (folder: string): boolean => spawnSync('umount', ['--lazy', folder]).status === 0;

/** Whether tests can mount a file system here: root on Linux may. */
export const hasSmallDisk = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'mint-mount-'));
  try {
    return mount(folder, 64) && unmount(folder);
  } finally {
    rmdirSync(folder);
  }
})();

/** Title of a test that needs a small disk. It shows that the test is skipped if there is none. */
export const needsSmallDisk = (title: string): string =>
  hasSmallDisk ? title : `${title} (skipped: no file system can be mounted)`;

/**
 * Makes a folder that is a disk of its own, in memory: what is written beyond its size fails as on a full disk.
 *
 * @returns What takes the disk away again.
 */
export function smallDisk(folder: string, kilobytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  if (!mount(folder, kilobytes)) throw new Error(`${folder}: cannot be mounted`);
  return () => {
    unmount(folder);
  };
}
