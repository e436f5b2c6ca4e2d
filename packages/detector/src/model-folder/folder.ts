import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MintError } from '@mint/internal';
import { lockWhenFree, readFileOf, sha256, writeFileAtomic } from '@mint/internal/node';
import type { DetectorState } from '../state.js';
import { decodeWeights, weightsLimit } from './decode.js';
import { decodeDescription, MAX_DESCRIPTION_BYTES } from './description.js';
import { encodeModel } from './encode.js';
import { isWeightsFile, OLD_WEIGHTS_FILE, weightsFile } from './weights-file.js';

export { readProbeFile, writeProbeFile } from '../probe/probe-file.js';
export { fetchModelFile } from './fetch-model-file.js';

/** A folder from an untrusted source must not make us read, and quote in a message, files that lie elsewhere. */
const NO_LINKS = { follow: false };

/** Reads `model.json` and the weights that it names, and checks one against the other. */
export async function readModelFolder(folder: string): Promise<DetectorState> {
  for (let json = await readDescription(folder); ; ) {
    const model = decodeDescription(`${folder}/model.json`, json);
    try {
      const path = join(folder, model.file);
      const weights = await readFileOf('model weights', path, weightsLimit(folder, model), NO_LINKS);
      return decodeWeights(folder, model, weights, sha256(weights));
    } catch (error) {
      // Another process may have replaced the model meanwhile, weights and all.
      const now = await readDescription(folder);
      if (now === json) throw error;
      json = now;
    }
  }
}

async function readDescription(folder: string): Promise<string> {
  const path = join(folder, 'model.json');
  const bytes = await readFileOf('model description', path, MAX_DESCRIPTION_BYTES, NO_LINKS);
  return new TextDecoder().decode(bytes);
}

/**
 * Writes a model folder. New weights have a name of their own, so the old model stays whole until the new `model.json` takes the
 * place of the old one: the one moment at which the folder changes its model.
 */
export async function writeModelFolder(folder: string, state: DetectorState): Promise<void> {
  const { describe, weights } = encodeModel(state);
  const hash = sha256(weights);
  const file = weightsFile(hash);
  await writeFileAtomic(join(folder, file), weights);
  await writeFileAtomic(join(folder, 'model.json'), describe(file, hash));
  await tidy(folder, file);
}

/** Writes `model.json` beside weights that are already there; see `writeDescription`. */
export async function writeModelDescription(folder: string, state: DetectorState): Promise<void> {
  const { describe, weights } = encodeModel(state);
  const hash = sha256(weights);
  const names = await readdir(folder).catch((): string[] => []);
  const file = [weightsFile(hash), OLD_WEIGHTS_FILE].find((name) => names.includes(name));
  if (file === undefined && !names.some(isWeightsFile))
    throw new MintError('NOT_FOUND', `${folder}: there are no model weights to be described.`);
  const bytes = file && (await readFileOf('model weights', join(folder, file), weights.length, NO_LINKS));
  if (file === undefined || bytes === undefined || sha256(bytes) !== hash) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `${folder}: holds other weights than the detector to be described.`,
    );
  }
  await writeFileAtomic(join(folder, 'model.json'), describe(file, hash));
}

/** Changes `model.json`, one process at a time; see `updateDescription`. */
export async function updateModelDescription(
  folder: string,
  change: (current: DetectorState) => DetectorState,
): Promise<void> {
  const release = await lockWhenFree(folder);
  try {
    await writeModelDescription(folder, change(await readModelFolder(folder)));
  } finally {
    release();
  }
}

/** No writer needs so long from a temporary file to its final name, in milliseconds. */
const ABANDONED = 3_600_000;

/** Removes weights of earlier models, and temporary files of killed writers. What cannot be removed does no harm. */
async function tidy(folder: string, current: string): Promise<void> {
  const isAbandoned = async (name: string) =>
    /^\.[0-9a-f]{12}\.part$/.test(name) && Date.now() - (await stat(join(folder, name))).mtimeMs > ABANDONED;
  const removeOld = async (name: string) => {
    if (name === current || !(isWeightsFile(name) || (await isAbandoned(name)))) return;
    await rm(join(folder, name));
  };
  await Promise.allSettled((await readdir(folder)).map(removeOld));
}
