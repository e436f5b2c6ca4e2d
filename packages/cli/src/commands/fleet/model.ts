import { homedir } from 'node:os';
import { join } from 'node:path';
import { readUrl } from '@mint/data';
import { isS3, openStore } from '@mint/fleet';
import { MintError } from '@mint/internal';
import { readFileOf, sha256, writeFileAtomic } from '@mint/internal/node';

const isUrl = (where: string): boolean => /^https?:\/\//i.test(where);

/** Whether a model is fetched before it is used; others lie in a folder that all workers see. */
export const isRemote = (where: string): boolean => isS3(where) || isUrl(where);

/** SHA-256 of the description of a model, which names the weights by their SHA-256. @throws MintError `NOT_FOUND`, `UNAVAILABLE` */
export const modelHash = async (where: string): Promise<string> =>
  sha256(await readModelFile(where, 'model.json'));

/**
 * A folder with the model that a batch was submitted with. A model at an address is fetched once and kept in the user's cache; its
 * weights are checked when it is loaded.
 *
 * @throws MintError `CORRUPT_FILE` when there is another model now, `NOT_FOUND`, `UNAVAILABLE`.
 */
export async function modelFolder(where: string, hash: string): Promise<string> {
  const kept = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mint', 'models', hash);
  const isThere = isRemote(where) && (await hashOf(kept)) === hash;
  if (isThere) return kept;
  const description = await readModelFile(where, 'model.json');
  if (sha256(description) !== hash) {
    const message = `${where}: has another model than when the batch was submitted. Submit the images again, or put the model back.`;
    throw new MintError('CORRUPT_FILE', message);
  }
  if (!isRemote(where)) return where;
  const file = weightsIn(description);
  if (!/^[\w.-]+\.safetensors$/.test(file))
    throw new MintError(
      'CORRUPT_FILE',
      `${where}/model.json: expected the name of the weights, got '${file}'.`,
    );
  await writeFileAtomic(join(kept, file), await readModelFile(where, file));
  await writeFileAtomic(join(kept, 'model.json'), description);
  return kept;
}

const hashOf = (folder: string): Promise<string | undefined> =>
  readFileOf('model description', join(folder, 'model.json')).then(sha256, () => undefined);

function weightsIn(description: Uint8Array): string {
  try {
    return String(JSON.parse(new TextDecoder().decode(description)).weights.file);
  } catch {
    return '';
  }
}

/** Larger than any model. */
const MAX_BYTES = 4 * 2 ** 30;

async function readModelFile(where: string, file: string): Promise<Uint8Array> {
  if (isUrl(where))
    return readUrl(`${where.replace(/\/+$/, '')}/${file}`, { maxBytes: MAX_BYTES, allowPrivate: true });
  if (!isS3(where)) return readFileOf('model', join(where, file), MAX_BYTES);
  const bytes = await (await openStore(where)).read(file);
  if (bytes !== undefined) return bytes;
  throw new MintError('NOT_FOUND', `${where}: there is no ${file}; expected a model folder.`);
}
