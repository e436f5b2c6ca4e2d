import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  encodeSafetensorsHeader,
  MintError,
  parseSafetensorsHeader,
  safetensorsDataStart,
} from '@mint/internal';
import { errorCode, sha256, writeFileAtomic } from '@mint/internal/node';

/** Features of one image in memory. */
export interface FeatureRecord {
  readonly dtype: 'F16' | 'F32';
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Where the features of one image lie on disk. */
export interface FeaturePlace {
  readonly dtype: 'F16' | 'F32';
  readonly path: string;
  readonly position: number;
  readonly length: number;
  readonly crc32: number;
}

/** Places by the SHA-256 of the image. */
type Places = ReadonlyMap<string, FeaturePlace>;

export interface FeatureShard {
  /** Describes what the features depend on besides the image. */
  readonly fingerprint: string;
  readonly places: Places;
}

export const SHARD_ENDING = '.safetensors';

/**
 * Writes records as one safetensors file, each a tensor named by its image's SHA-256. The file's name is the SHA-256 of
 * the header and the header holds a CRC-32 of each record: the name vouches for every byte.
 *
 * @throws MintError `DISK_FULL`, `UNAVAILABLE`; then there is no file.
 */
export async function writeShard(
  folder: string,
  fingerprint: string,
  records: ReadonlyMap<string, FeatureRecord>,
): Promise<Places> {
  let end = 0;
  const entries = [...records].map(([contentHash, { dtype, shape, bytes }]) => {
    const begin = end;
    end += bytes.length;
    return [contentHash, { dtype, shape, begin, end, crc32: crc32(bytes) }] as const;
  });
  const sums = entries.map(([, entry]) => entry.crc32.toString(16).padStart(8, '0')).join('');
  const header = encodeSafetensorsHeader(entries, { fingerprint, crc32: sums });
  const path = join(folder, `${sha256(header)}${SHARD_ENDING}`);
  await writeFileAtomic(path, Buffer.concat([header, ...[...records.values()].map(({ bytes }) => bytes)]));
  const places = entries.map(([contentHash, { dtype, begin, end, crc32 }]) => {
    const place = { dtype, path, position: header.length + begin, length: end - begin, crc32 };
    return [contentHash, place] as const;
  });
  return new Map(places);
}

/**
 * Reads the header of a shard.
 *
 * @throws MintError `CORRUPT_FILE` when the header does not match the file's name, or the file is too short.
 */
export async function openShard(path: string): Promise<FeatureShard> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = new Uint8Array(8);
    const { bytesRead } = await file.read(start, 0, 8, 0);
    const header = new Uint8Array(safetensorsDataStart(start.subarray(0, bytesRead), size, path));
    await file.read(header, 0, header.length, 0);
    if (basename(path) !== `${sha256(header)}${SHARD_ENDING}`)
      throw new MintError('CORRUPT_FILE', `${path}: its header does not match its name.`);
    const { entries, metadata } = parseSafetensorsHeader(header, size, path);
    const { fingerprint = '', crc32: sums = '' } = metadata;
    const places = entries.map(([contentHash, { dtype, begin, end }], i) => {
      if (dtype !== 'F16' && dtype !== 'F32')
        throw new MintError('CORRUPT_FILE', `${path}: expected features in F16 or F32, got ${dtype}.`);
      const sum = Number.parseInt(sums.slice(8 * i, 8 * i + 8), 16);
      const place = { dtype, path, position: header.length + begin, length: end - begin, crc32: sum };
      return [contentHash, place] as const;
    });
    return { fingerprint, places: new Map(places) };
  } finally {
    await file.close();
  }
}

/**
 * Reads the bytes at a place into `target`; false when they are damaged or the shard is gone. It does not use the thread pool,
 * whose three round trips take longer than reading from the page cache.
 */
export function readPlace(place: FeaturePlace, target: Uint8Array): boolean {
  try {
    const file = openSync(place.path, 'r');
    try {
      readSync(file, target, 0, place.length, place.position);
    } finally {
      closeSync(file);
    }
    return crc32(target) === place.crc32;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
