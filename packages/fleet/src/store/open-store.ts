import { folderStore } from './folder-store.js';
import { s3Store } from './s3-store.js';
import type { Store } from './store.js';

/** Whether an address is that of a bucket. */
export const isS3 = (where: string): boolean => where.startsWith('s3://');

/**
 * Opens a store.
 *
 * @param where - A folder, or `s3://bucket/prefix`; for the latter see {@link openS3}.
 * @throws MintError `INVALID_ARGUMENT` for a malformed address, `UNAVAILABLE` when `@aws-sdk/client-s3` is not installed.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { openStore } from '@mint/fleet';
 *
 * const store = await openStore(await mkdtemp(join(tmpdir(), 'store-')));
 * await store.write('parts/000000.jsonl', '{"score":1}\n');
 * console.log(await store.read('parts/000001.jsonl')); // undefined
 * ```
 */
export async function openStore(where: string): Promise<Store> {
  return isS3(where) ? s3Store(where) : folderStore(where);
}
