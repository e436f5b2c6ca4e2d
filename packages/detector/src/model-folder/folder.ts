import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf, sha256, writeFileAtomic, writeFilesAtomic } from '@mint/internal/node';
import type { DetectorState } from '../state.js';
import { decodeModel } from './decode.js';
import { MAX_DESCRIPTION_BYTES } from './description.js';
import { encodeModel } from './encode.js';

/** Reads `model.json` and `model.safetensors` of a folder and checks one against the other. */
export async function readModelFolder(folder: string): Promise<DetectorState> {
  const [description, weights] = [join(folder, 'model.json'), join(folder, 'model.safetensors')];
  for (const path of [description, weights]) await refuseLink(path);
  const json = await readFileOf('model description', description, MAX_DESCRIPTION_BYTES);
  return decodeModel(
    folder,
    new TextDecoder().decode(json),
    await readFileOf('model weights', weights),
    sha256,
  );
}

/** A folder from an untrusted source must not make us read, and quote in a message, files that lie elsewhere. */
async function refuseLink(path: string): Promise<void> {
  const isLink = await lstat(path).then(
    (stat) => stat.isSymbolicLink(),
    () => false,
  );
  if (isLink)
    throw new MintError('CORRUPT_FILE', `${path}: is a link; expected the file itself. Copy it here.`);
}

/** Writes a model folder: both files are complete on the disk before either takes its place. */
export async function writeModelFolder(folder: string, state: DetectorState): Promise<void> {
  const { json, weights } = encodeModel(state, sha256);
  await writeFilesAtomic([
    { path: join(folder, 'model.safetensors'), content: weights },
    { path: join(folder, 'model.json'), content: json },
  ]);
}

/** Writes `model.json` beside weights that are already there; see `writeDescription`. */
export async function writeModelDescription(folder: string, state: DetectorState): Promise<void> {
  const { json, weights } = encodeModel(state, sha256);
  const path = join(folder, 'model.safetensors');
  if (sha256(await readFileOf('model weights', path)) !== sha256(weights)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${path}: holds other weights than the detector to be described.`,
    );
  }
  await writeFileAtomic(join(folder, 'model.json'), json);
}
