import { copyFile, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import { errorCode, writeFileAtomic } from '@mint/internal/node';

/** Environment variables of the Hugging Face Hub, such as `process.env`. */
export type HubEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The hub's cache folder, shared with its other tools: `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or `~/.cache/huggingface/hub`.
 *
 * @example
 * ```ts
 * import { cacheFolder } from '@mint/hub';
 *
 * console.log(cacheFolder({ HF_HOME: '/data/hf' })); // /data/hf/hub
 * ```
 */
export function cacheFolder(env: HubEnvironment): string {
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  return env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? join(home, 'hub');
}

/** Where a repository lies in the cache, as the hub's own tools lay it out. */
export interface CachedRepo {
  /** Content of a file by its entity tag. */
  blob(etag: string): string;
  /** A file of a commit. */
  snapshot(commit: string, file: string): string;
  /** Folder for locks while a blob is downloaded. */
  lock(etag: string): string;
  /** File with the commit that `main` was when it was last asked for. */
  readonly ref: string;
}

export function cachedRepo(env: HubEnvironment, repo: string): CachedRepo {
  const root = cacheFolder(env);
  const name = getRepoFolderName({ name: repo, type: 'model' });
  const folder = join(root, name);
  return {
    blob: (etag) => join(folder, 'blobs', etag),
    snapshot: (commit, file) => join(folder, 'snapshots', commit, file),
    lock: (etag) => join(root, '.locks', name, etag),
    ref: join(folder, 'refs', 'main'),
  };
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The commit of `main` that was downloaded last; undefined when nothing was. */
export async function rememberedCommit({ ref }: CachedRepo): Promise<string | undefined> {
  const text = await readFile(ref, 'utf8').catch(() => '');
  return /^[0-9a-f]{40}$/.test(text.trim()) ? text.trim() : undefined;
}

/** Gives a blob its name in a commit: a link where the system allows it, otherwise a copy. */
export async function linkSnapshot(
  repo: CachedRepo,
  etag: string,
  commit: string,
  file: string,
): Promise<void> {
  const [blob, snapshot] = [repo.blob(etag), repo.snapshot(commit, file)];
  await mkdir(dirname(snapshot), { recursive: true });
  try {
    await symlink(relative(dirname(snapshot), blob), snapshot);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return; // another process was quicker
    if (code !== 'EPERM' && code !== 'ENOSYS') throw error;
    await copyFile(blob, snapshot);
  }
  await writeFileAtomic(repo.ref, commit);
}
