import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MintError } from '@mint/internal';
import { lockFolder } from '@mint/internal/node';
import {
  type CachedRepo,
  cachedRepo,
  type HubEnvironment,
  isThere,
  linkSnapshot,
  rememberedCommit,
} from './cache.js';
import { type DownloadProgress, download, sha256OfFile } from './download.js';
import { isOffline, type Located, locate, waysOut } from './locate.js';
import { isWeightsName, WEIGHTS, type WeightsInfo } from './table.js';

/** Weights on the disk. */
export interface WeightsFile {
  /** Name in {@link WEIGHTS}. */
  readonly name: string;
  /** Path of the safetensors file. */
  readonly path: string;
  /** Repository on the hub. */
  readonly repo: string;
  /** Commit of the repository. */
  readonly revision: string;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  /** SPDX identifier, or the name of the licence. */
  readonly licence: string;
}

/** Options of {@link getWeights}. */
export interface GetOptions {
  /** Called while bytes come. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Ends the download; what came is kept for the next call. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`, as the hub's own tools read them.
   *
   * @defaultValue `process.env`
   */
  readonly env?: HubEnvironment | undefined;
}

/** @throws MintError `INVALID_ARGUMENT` for an unknown name, with all names. */
function infoOf(name: string): WeightsInfo {
  if (isWeightsName(name)) return WEIGHTS[name];
  throw new MintError(
    'INVALID_ARGUMENT',
    `there are no weights '${name}'; known are ${Object.keys(WEIGHTS).join(', ')}.`,
  );
}

/**
 * Weights that were downloaded before; undefined when they were not. Never asks the network.
 *
 * @param name - One of {@link WEIGHTS}.
 * @throws MintError `INVALID_ARGUMENT` for an unknown name.
 *
 * @example
 * ```ts
 * import { cachedWeights } from '@mint/hub';
 *
 * console.log(await cachedWeights('resnet18', { env: { HF_HOME: 'an-empty-folder' } })); // undefined
 * ```
 */
export async function cachedWeights(
  name: string,
  { env = process.env }: Pick<GetOptions, 'env'> = {},
): Promise<WeightsFile | undefined> {
  const info = infoOf(name);
  const repo = cachedRepo(env, info.repo);
  const commit = info.revision ?? (await rememberedCommit(repo));
  if (commit === undefined || !(await isThere(repo.snapshot(commit, info.file)))) return undefined;
  return describe(name, info, repo, commit);
}

async function describe(
  name: string,
  info: WeightsInfo,
  repo: CachedRepo,
  revision: string,
): Promise<WeightsFile> {
  const path = repo.snapshot(revision, info.file);
  // A large file's blob is named by its hash, which was checked when it came.
  const blob = basename(await realpath(path));
  const sha256 = /^[0-9a-f]{64}$/.test(blob) ? blob : await sha256OfFile(path);
  return { name, path, repo: info.repo, revision, sha256, licence: info.licence };
}

/**
 * Weights by name: from the hub's cache folder, or downloaded into it. Interrupted downloads are resumed, size and SHA-256 are
 * checked before the file is used, and several processes may ask at once.
 *
 * @param name - One of {@link WEIGHTS}.
 * @throws MintError `INVALID_ARGUMENT` for an unknown name; `UNAVAILABLE` when the hub cannot be reached or refuses,
 * `NOT_FOUND`, `CORRUPT_FILE`, `DISK_FULL`.
 *
 * @example
 * ```ts no-run
 * import { getWeights } from '@mint/hub';
 *
 * const { path, licence } = await getWeights('vit_small_patch14_reg4_dinov2', {
 *   onProgress: ({ bytes, totalBytes }) => console.log(`${Math.round((100 * bytes) / totalBytes)} %`),
 * });
 * console.log(path, licence);
 * ```
 */
export async function getWeights(name: string, options: GetOptions = {}): Promise<WeightsFile> {
  const { env = process.env, signal } = options;
  const info = infoOf(name);
  const cached = await cachedWeights(name, { env });
  if (cached !== undefined) return cached;
  if (isOffline(env)) {
    const message = `${name}: is not in the cache, and HF_HUB_OFFLINE forbids the network. ${waysOut(info.repo, info.file)}`;
    throw new MintError('UNAVAILABLE', message);
  }
  const located = await locate(info, env, signal);
  const repo = cachedRepo(env, info.repo);
  await downloadOnce(info, located, repo, options);
  const commit = info.revision ?? located.commit ?? located.etag.slice(0, 40).padEnd(40, '0');
  await linkSnapshot(repo, located.etag, commit, info.file);
  return describe(name, info, repo, commit);
}

/** Downloads a blob unless another process has done so; waits while one is at it. */
async function downloadOnce(
  info: WeightsInfo,
  located: Located,
  repo: CachedRepo,
  { env = process.env, signal, onProgress }: GetOptions,
): Promise<void> {
  const blob = repo.blob(located.etag);
  const headers: Record<string, string> = env.HF_TOKEN ? { authorization: `Bearer ${env.HF_TOKEN}` } : {};
  while (!(await isThere(blob))) {
    signal?.throwIfAborted();
    const release = await lockFolder(repo.lock(located.etag)).catch((error: unknown) => {
      if (MintError.isInstance(error) && error.code === 'IN_USE') return undefined;
      throw error;
    });
    if (release === undefined) {
      await wait(500);
      continue;
    }
    try {
      if (!(await isThere(blob)))
        await download(located, blob, { headers, sha256: info.sha256, signal, onProgress });
    } finally {
      release();
    }
  }
}

/**
 * Computes the SHA-256 of downloaded weights again.
 *
 * @param name - One of {@link WEIGHTS}.
 * @throws MintError `NOT_FOUND` when they are not in the cache, `CORRUPT_FILE` when the file has changed.
 *
 * @example
 * ```ts no-run
 * import { verifyWeights } from '@mint/hub';
 *
 * console.log((await verifyWeights('resnet18')).sha256);
 * ```
 */
export async function verifyWeights(
  name: string,
  { env = process.env }: Pick<GetOptions, 'env'> = {},
): Promise<WeightsFile> {
  const file = await cachedWeights(name, { env });
  if (file === undefined)
    throw new MintError('NOT_FOUND', `${name}: is not in the cache; fetch it with mint weights get ${name}.`);
  const actual = await sha256OfFile(file.path);
  if (actual === file.sha256) return file;
  throw new MintError(
    'CORRUPT_FILE',
    `${file.path}: its SHA-256 is ${actual}, expected ${file.sha256}; remove the file and run mint weights get ${name}.`,
  );
}
