import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { assertOneOf, assertPositiveInt, floatToHalf, halfToFloat, MintError } from '@mint/internal';
import { errorCode, sha256 } from '@mint/internal/node';
import {
  type FeaturePlace,
  type FeatureRecord,
  openShard,
  readPlace,
  SHARD_ENDING,
  writeShard,
} from './feature-shard.js';

/** Options of {@link FeatureCache}. */
export interface FeatureCacheOptions {
  /** How numbers are stored: `f32` bit for bit, `f16` in half the space and rounded. @defaultValue 'f32' */
  readonly dtype?: 'f16' | 'f32' | undefined;
  /** Features held in memory, in bytes, before they become a file. @defaultValue 32 MiB */
  readonly shardBytes?: number | undefined;
}

/** The result of {@link FeatureCache.read}. */
export interface CachedFeatures {
  /** `[images, values]` flat, 0 where missing; empty when all are. */
  readonly features: Float32Array;
  /** Which images are missing, as indices into the requested list. */
  readonly missing: readonly number[];
}

/** Share of a record in its shard's header, rounded up: bounds the header of a shard of tiny features. */
const RECORD_OVERHEAD = 256;

/**
 * Features on disk. The key is the SHA-256 of the image together with a fingerprint of everything else that its features depend
 * on (preprocessing, backbone, weights), so a changed image or setting has another key.
 *
 * Features are collected in memory and written as shards: safetensors files that appear whole, with a checksum of their content
 * as name, and never change. Any number of processes can read and write one folder without locks; if two compute the same
 * image, it is stored twice, and either copy is used. Damaged and half-written features count as missing.
 *
 * @example
 * ```ts
 * import { FeatureCache } from '@mint/trainer';
 *
 * const key = 'a3f1'.repeat(16); // SHA-256 of an image
 * const cache = new FeatureCache('some-cache', 'preprocessing, backbone and weights');
 * await cache.write(key, Float32Array.of(1, 2), [2]);
 * await cache.flush();
 * console.log(await cache.read([key, 'b'.repeat(64)])); // { features: Float32Array(4) [ 1, 2, 0, 0 ], missing: [ 1 ] }
 * ```
 */
export class FeatureCache {
  /** Folder of the files of this fingerprint; its name is the beginning of the fingerprint's SHA-256. */
  readonly folder: string;
  readonly #fingerprint: string;
  readonly #dtype: 'f16' | 'f32';
  readonly #shardBytes: number;
  readonly #stored = new Map<string, readonly (FeaturePlace | FeatureRecord)[]>();
  readonly #known = new Set<string>();
  #pending = new Map<string, FeatureRecord>();
  #pendingBytes = 0;
  #halves = new Uint8Array();
  #listing: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param folder - Where the files go; created when the first one is written.
   * @param fingerprint - Describes everything that the features depend on besides the image.
   * @throws MintError `INVALID_ARGUMENT` for an unknown `dtype` or `shardBytes` below 1.
   */
  constructor(folder: string, fingerprint: string, options: FeatureCacheOptions = {}) {
    const { dtype = 'f32', shardBytes = 32 * 2 ** 20 } = options;
    assertOneOf('FeatureCache', 'dtype', dtype, ['f16', 'f32']);
    assertPositiveInt('FeatureCache', 'shardBytes', shardBytes);
    this.#fingerprint = `${dtype} ${fingerprint}`;
    this.folder = join(folder, sha256(this.#fingerprint).slice(0, 16));
    this.#dtype = dtype;
    this.#shardBytes = shardBytes;
  }

  /** The features of images, one after the other, and which of them are missing or damaged. */
  async read(contentHashes: readonly string[]): Promise<CachedFeatures> {
    const found = this.#readKnown(contentHashes);
    if (found.missing.length === 0) return found;
    // Another process may have written them, or put them into another shard, since the folder was listed.
    await this.#list();
    return this.#readKnown(contentHashes);
  }

  /** How many images have features on disk or in memory; damaged ones count. */
  async count(): Promise<number> {
    await this.#list();
    return this.#stored.size;
  }

  /** SHA-256 of everything that has features, see {@link count}. */
  async keys(): Promise<string[]> {
    await this.#list();
    return [...this.#stored.keys()];
  }

  /**
   * Stores the features of an image. This object can read them at once, other processes after {@link flush}.
   *
   * @param contentHash - SHA-256 of the image, lower-case hexadecimal.
   * @returns The features as {@link read} gives them from now on: those of an `f16` cache are rounded.
   * @throws MintError `INVALID_ARGUMENT` for a malformed hash or a value beyond ±65504 in an `f16` cache,
   * `SHAPE_MISMATCH`; those of {@link flush} when a shard is full.
   */
  async write(contentHash: string, features: Float32Array, shape: readonly number[]): Promise<Float32Array> {
    if (!/^[0-9a-f]{64}$/.test(contentHash)) {
      const message = `FeatureCache.write: \`contentHash\` must be a SHA-256 in hexadecimal, got '${contentHash}'.`;
      throw new MintError('INVALID_ARGUMENT', message);
    }
    if (features.length === 0 || shape.reduce((size, d) => size * d, 1) !== features.length) {
      const message = `FeatureCache.write: shape [${shape}] does not fit ${features.length} values.`;
      throw new MintError('SHAPE_MISMATCH', message);
    }
    const record: FeatureRecord =
      this.#dtype === 'f16'
        ? { dtype: 'F16', shape, bytes: bytesOf(toHalf(features, contentHash)) }
        : { dtype: 'F32', shape, bytes: bytesOf(features.slice()) };
    this.#stored.set(contentHash, [record]);
    this.#pending.set(contentHash, record);
    this.#pendingBytes += record.bytes.length + RECORD_OVERHEAD;
    if (this.#pendingBytes >= this.#shardBytes) await this.flush();
    const kept = new Float32Array(features.length);
    if (record.dtype === 'F16') fromHalf(record.bytes, kept);
    else kept.set(features);
    return kept;
  }

  /**
   * Writes features that are only in memory to the disk.
   *
   * @throws MintError `DISK_FULL`, `UNAVAILABLE`; the features that could not be written then count as missing.
   */
  flush(): Promise<void> {
    const written = this.#writing.then(() => this.#writePending());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #writePending(): Promise<void> {
    const records = this.#pending;
    if (records.size === 0) return;
    this.#pending = new Map();
    this.#pendingBytes = 0;
    try {
      for (const [hash, place] of await writeShard(this.folder, this.#fingerprint, records)) {
        this.#known.add(place.path);
        this.#replace(hash, records.get(hash), place);
      }
    } catch (error) {
      for (const [hash, record] of records) this.#replace(hash, record);
      throw error;
    }
  }

  #readKnown(contentHashes: readonly string[]): CachedFeatures {
    const first = contentHashes
      .map((hash) => this.#stored.get(hash)?.[0])
      .find((stored) => stored !== undefined);
    const size = first === undefined ? 0 : sizeOf(first);
    const features = new Float32Array(size * contentHashes.length);
    const there = contentHashes.map((hash, i) =>
      this.#readInto(features.subarray(i * size, (i + 1) * size), hash),
    );
    return { features, missing: [...there.keys()].filter((i) => !there[i]) };
  }

  #readInto(target: Float32Array<ArrayBuffer>, contentHash: string): boolean {
    for (const stored of this.#stored.get(contentHash) ?? []) {
      if (sizeOf(stored) !== target.length) continue;
      const { dtype } = stored;
      const bytes = dtype === 'F32' ? bytesOf(target) : this.#halvesFor(target);
      if ('bytes' in stored) bytes.set(stored.bytes);
      else if (!readPlace(stored, bytes)) {
        target.fill(0);
        this.#replace(contentHash, stored);
        // A pruned shard may be written again, under the same name when its content is the same.
        this.#known.delete(stored.path);
        continue;
      }
      if (dtype === 'F16') fromHalf(bytes, target);
      return true;
    }
    return false;
  }

  /** Memory for the float16 numbers of one image, reused. */
  #halvesFor({ length }: Float32Array): Uint8Array<ArrayBuffer> {
    if (this.#halves.length < 2 * length) this.#halves = new Uint8Array(2 * length);
    return this.#halves.subarray(0, 2 * length);
  }

  /** Puts `now` in the place of `before`, or nothing. */
  #replace(
    contentHash: string,
    before: FeaturePlace | FeatureRecord | undefined,
    ...now: FeaturePlace[]
  ): void {
    const rest = (this.#stored.get(contentHash) ?? []).filter((stored) => stored !== before);
    this.#stored.set(contentHash, [...rest, ...now]);
  }

  /** Adds shards that appeared since the last call. */
  #list(): Promise<void> {
    const listed = this.#listing.then(() => this.#listNew());
    this.#listing = listed.catch(() => undefined);
    return listed;
  }

  async #listNew(): Promise<void> {
    // Marks the folder as in use for `mint cache prune`.
    const now = new Date();
    if (this.#known.size === 0) await utimes(this.folder, now, now).catch(() => undefined);
    for (const path of await shardPaths(this.folder)) {
      if (this.#known.has(path)) continue;
      this.#known.add(path);
      const shard = await openShard(path).catch(ifReadable);
      if (shard?.fingerprint !== this.#fingerprint) continue;
      for (const [hash, place] of shard.places) {
        const before = this.#stored.get(hash)?.find((stored) => 'path' in stored && stored.path === path);
        this.#replace(hash, before, place);
      }
    }
  }
}

/** Shards in a folder, damaged ones included; empty without a folder. */
export async function shardPaths(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(SHARD_ENDING)).map((name) => join(folder, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Damaged shards and shards just pruned count as missing. */
function ifReadable(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT' || (MintError.isInstance(error) && error.code === 'CORRUPT_FILE')) return;
  throw error;
}

function toHalf(features: Float32Array, contentHash: string): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(features.length);
  for (let i = 0; i < halves.length; i++) {
    const value = features[i] as number;
    const half = floatToHalf(value);
    if ((half & 0x7fff) === 0x7c00 && Number.isFinite(value)) {
      const message = `features of image ${contentHash}: ${value} is beyond ±65504 and does not fit an f16 cache; use f32.`;
      throw new MintError('INVALID_ARGUMENT', message);
    }
    halves[i] = half;
  }
  return halves;
}

let halfValues: Float32Array | undefined;

function fromHalf({ buffer }: Uint8Array<ArrayBuffer>, target: Float32Array): void {
  halfValues ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => halfToFloat(half));
  const values = halfValues;
  const halves = new Uint16Array(buffer);
  for (let i = 0; i < target.length; i++) target[i] = values[halves[i] as number] as number;
}

/** How many numbers a record has. */
function sizeOf(stored: FeatureRecord | FeaturePlace): number {
  const bytes = 'bytes' in stored ? stored.bytes.length : stored.length;
  return bytes / (stored.dtype === 'F16' ? 2 : 4);
}

function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
