import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assertInt, MintError, oneLine } from '@mint/internal';
import { errorCode } from '@mint/internal/node';
import { shardPaths } from './feature-cache.js';
import { type FeatureShard, openShard, readPlace } from './feature-shard.js';

const DAY = 86_400_000;
/** Younger temporary files may still be written to. */
const LEFT_OVER_AFTER = DAY / 24;

/** The content of a cache folder for one setting of preprocessing, backbone and weights. */
export interface CacheEntry {
  /** Path of its subfolder. */
  readonly folder: string;
  /** Number format and setting that the features depend on; empty when no file can be read. */
  readonly fingerprint: string;
  /** Images with features, each counted once. */
  readonly images: number;
  /** Number of files. */
  readonly shards: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /** When a process last opened it. */
  readonly lastUsed: Date;
}

/** A file of the cache that is never used. */
export interface DamagedFile {
  /** Path of the file. */
  readonly path: string;
  /** What is wrong with it; names the path. */
  readonly reason: string;
}

/**
 * The settings in a cache folder, sorted by the name of their subfolder; empty without a folder.
 *
 * @throws MintError `UNAVAILABLE` when the folder cannot be listed.
 *
 * @example
 * ```ts
 * import { FeatureCache, listCache, pruneCache, verifyCache } from '@mint/trainer';
 *
 * const cache = new FeatureCache('another-cache', 'preprocessing, backbone and weights');
 * await cache.write('a3f1'.repeat(16), Float32Array.of(1, 2), [2]);
 * await cache.flush();
 * const [entry] = await listCache('another-cache');
 * console.log(entry?.images, entry?.shards, entry?.fingerprint); // 1 1 f32 preprocessing, backbone and weights
 * console.log(await verifyCache('another-cache')); // { images: 1, damaged: [] }
 * console.log(await pruneCache('another-cache', { unusedDays: 30 })); // { removed: [], bytes: 0 }
 * ```
 */
export async function listCache(folder: string): Promise<CacheEntry[]> {
  const entries: CacheEntry[] = [];
  for (const path of await settingFolders(folder)) {
    const hashes = new Set<string>();
    let [bytes, fingerprint] = [0, ''];
    const shards = await shardPaths(path);
    for (const shard of shards) {
      bytes += (await statOf(shard))?.size ?? 0;
      const content = await inspect(shard);
      if ('reason' in content) continue;
      fingerprint = content.fingerprint;
      for (const hash of content.places.keys()) hashes.add(hash);
    }
    const lastUsed = (await statOf(path))?.mtime ?? new Date(0);
    entries.push({
      folder: path,
      fingerprint,
      images: hashes.size,
      shards: shards.length,
      bytes,
      lastUsed,
    });
  }
  return entries;
}

/** The result of {@link verifyCache}. */
export interface CacheState {
  /** Intact features; an image stored twice counts twice. */
  readonly images: number;
  /** Files that are damaged as a whole or in part. */
  readonly damaged: readonly DamagedFile[];
}

/**
 * Reads every byte of a cache folder.
 *
 * See the example of {@link listCache}.
 *
 * @throws MintError `UNAVAILABLE` when the folder cannot be listed. A missing folder counts as empty.
 */
export async function verifyCache(folder: string): Promise<CacheState> {
  const damaged: DamagedFile[] = [];
  let images = 0;
  for (const setting of await settingFolders(folder)) {
    for (const path of await shardPaths(setting)) {
      const content = await inspect(path);
      if ('reason' in content) {
        damaged.push(content);
        continue;
      }
      let whole = 0;
      for (const place of content.places.values())
        whole += Number(readPlace(place, new Uint8Array(place.length)));
      images += whole;
      const { size } = content.places;
      if (whole < size) {
        const reason = `${path}: the features of ${size - whole} of ${size} images are damaged.`;
        damaged.push({ path, reason });
      }
    }
  }
  return { images, damaged };
}

/** The result of {@link pruneCache}. */
export interface Pruned {
  /** Paths of the removed files. */
  readonly removed: readonly string[];
  /** Bytes freed. */
  readonly bytes: number;
}

/**
 * Removes damaged shards, temporary files of killed processes (an hour old) and, with `unusedDays`, all features of settings
 * that were not used for that many days. Safe while other processes run: they compute missing features again.
 *
 * See the example of {@link listCache}.
 *
 * @throws MintError `INVALID_ARGUMENT` unless `unusedDays` is an integer of at least 0.
 */
export async function pruneCache(
  folder: string,
  { unusedDays }: { readonly unusedDays?: number } = {},
): Promise<Pruned> {
  if (unusedDays !== undefined) assertInt('pruneCache', 'unusedDays', unusedDays, 0);
  const doomed: string[] = [];
  for (const { folder: path, lastUsed } of await listCache(folder)) {
    const unused = unusedDays !== undefined && Date.now() - lastUsed.getTime() > unusedDays * DAY;
    if (unused) doomed.push(...(await shardPaths(path)));
    for (const name of await readdir(path)) {
      const temporary = join(path, name);
      const written = (await statOf(temporary))?.mtimeMs ?? Date.now();
      if (/^\..*\.part$/.test(name) && Date.now() - written > LEFT_OVER_AFTER) doomed.push(temporary);
    }
  }
  const { damaged } = await verifyCache(folder);
  const removed = [...new Set([...doomed, ...damaged.map(({ path }) => path)])];
  let bytes = 0;
  for (const path of removed) {
    bytes += (await statOf(path))?.size ?? 0;
    await rm(path, { force: true });
  }
  // A setting without features goes too; one in use is not empty, or comes back.
  for (const path of await settingFolders(folder)) await rmdir(path).catch(() => undefined);
  return { removed, bytes };
}

/** Subfolders with names of `FeatureCache`. */
async function settingFolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const ours = entries.filter((entry) => entry.isDirectory() && /^[0-9a-f]{16}$/.test(entry.name));
    return ours.map(({ name }) => join(folder, name)).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new MintError('UNAVAILABLE', `${folder}: cannot be listed: ${oneLine(error)}.`, { cause: error });
  }
}

async function inspect(path: string): Promise<FeatureShard | DamagedFile> {
  try {
    return await openShard(path);
  } catch (error) {
    return { path, reason: oneLine(error) };
  }
}

/** Undefined when the file was just removed. */
async function statOf(path: string) {
  return stat(path).catch(() => undefined);
}
