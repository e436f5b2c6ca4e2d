import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MintError } from '@mint/internal';

/** Files that a job will write. */
export interface SpaceNeed {
  /** Named in the message: `features`, `checkpoints`. */
  readonly what: string;
  /** Bytes needed. */
  readonly bytes: number;
  /** Where they go; may not exist yet. */
  readonly folder: string;
}

/** The disk of an existing folder. */
interface Disk {
  /** Unique per disk. */
  readonly id: number;
  /** Bytes that can be written. */
  readonly free: number;
}

/**
 * Checks that all files fit on their disks, before hours of work end with a full one.
 *
 * @throws MintError `DISK_FULL` with what is needed and what is free.
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * import { assertFreeSpace } from '@mint/trainer';
 *
 * await assertFreeSpace([{ what: 'features', bytes: 1e6, folder: tmpdir() }]);
 * ```
 */
export function assertFreeSpace(needs: readonly SpaceNeed[]): Promise<void> {
  return assertSpaceOn(diskOfFolder, needs);
}

/** {@link assertFreeSpace} with a disk look-up of your own. */
export async function assertSpaceOn(
  diskOf: (folder: string) => Promise<Disk>,
  needs: readonly SpaceNeed[],
): Promise<void> {
  const disks = new Map<number, { free: number; needs: SpaceNeed[] }>();
  for (const need of needs) {
    const { id, free } = await diskOf(await existing(need.folder));
    const disk = disks.get(id) ?? { free, needs: [] };
    disk.needs.push(need);
    disks.set(id, disk);
  }
  for (const { free, needs } of disks.values()) {
    const needed = needs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (needed <= free) continue;
    const parts = needs.map(({ what, bytes }) => `${what} ${megabytes(bytes)}`).join(', ');
    const folders = [...new Set(needs.map(({ folder }) => folder))].join(' and ');
    throw new MintError(
      'DISK_FULL',
      `${folders}: about ${megabytes(needed)} are needed (${parts}), ${megabytes(free)} are free; ` +
        'make room, or choose folders on another disk.',
    );
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;

/** The folder, or the nearest one above it that exists. */
async function existing(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch (error) {
    const above = dirname(folder);
    if (above === folder) throw error;
    return existing(above);
  }
}

async function diskOfFolder(folder: string): Promise<Disk> {
  const [{ dev }, { bavail, bsize }] = await Promise.all([stat(folder), statfs(folder)]);
  return { id: dev, free: bavail * bsize };
}
