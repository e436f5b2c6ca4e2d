import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isS3, openStore } from '@mint/fleet';
import { writeFileAtomic } from '@mint/internal/node';
import type { Progress } from '../shell/progress.js';
import { cacheFolder } from './cache-folder.js';

/** Files of a feature cache: a folder for each setting, and in it shards that are named by their content. */
const SHARD = /^[0-9a-f]{16}\/[0-9a-f]{64}\.safetensors$/;

/**
 * The folder of a feature cache. Of a bucket, the files that are not here yet are fetched into the folder that is used without `--cache`.
 *
 * @param given - Value of `--cache`: a folder, or `s3://bucket/prefix`. Default: see {@link cacheFolder}.
 * @param run - The run folder.
 */
export async function localCache(
  given: string | undefined,
  run: string,
  progress: Pick<Progress, 'say'>,
): Promise<string> {
  if (given === undefined || !isS3(given)) return cacheFolder(given, run);
  const store = await openStore(given);
  const folder = cacheFolder(undefined, run);
  let [fetched, bytes] = [0, 0];
  for await (const path of store.list('')) {
    const isHere = () =>
      stat(join(folder, path)).then(
        () => true,
        () => false,
      );
    if (!SHARD.test(path) || (await isHere())) continue;
    const content = await store.read(path);
    if (content === undefined) continue;
    await writeFileAtomic(join(folder, path), content);
    fetched += 1;
    bytes += content.length;
  }
  progress.say(
    `features: ${fetched} files (${(bytes / 1e6).toFixed(1)} MB) fetched from ${store.name} to ${folder}`,
  );
  return folder;
}
