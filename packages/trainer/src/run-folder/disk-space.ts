import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MintError } from '@mint/internal';

/** What a job is going to write. */
export interface SpaceNeed {
  /** As it stands in the message: `features`, `checkpoints`. */
  readonly what: string;
  /** Bytes that it takes. */
  readonly bytes: number;
  /** Where it goes; need not be there yet. */
  readonly folder: string;
}

/** What `node:fs` knows of the disk of an existing folder. */
interface Disk {
  /** Tells disks apart. */
  readonly id: number;
  /** Bytes that can be written. */
  readonly free: number;
}

/**
 * Checks that all fits on the disks it goes to, before hours of work end with a full one.
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

/** {@link assertFreeSpace} with disks of any kind. */
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

/** The nearest folder above that is there. */
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
