import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { readFileOf, sha256, writeFileAtomic, writeFilesAtomic } from '@mint/internal/node';
import { type DetectorState, decodeModel, encodeModel } from './model-file.js';

/** Reads `model.json` and `model.safetensors` of a folder and checks one against the other. */
export async function readModelFolder(folder: string): Promise<DetectorState> {
  const json = new TextDecoder().decode(await readFileOf('model description', join(folder, 'model.json')));
  const weights = await readFileOf('model weights', join(folder, 'model.safetensors'));
  return decodeModel(folder, json, weights, sha256);
}

/** Writes a model folder: both files are complete on the disk before either takes its place. */
export async function writeModelFolder(folder: string, state: DetectorState): Promise<void> {
  const { json, weights } = encodeModel(state, sha256);
  await writeFilesAtomic([
    { path: join(folder, 'model.safetensors'), content: weights },
    { path: join(folder, 'model.json'), content: json },
  ]);
}

/** Writes `model.json` beside weights that are already there. */
export async function writeDescription(folder: string, state: DetectorState): Promise<void> {
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
