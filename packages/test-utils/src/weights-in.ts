import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Path of the weights that a model folder's `model.json` names. */
export async function weightsIn(folder: string): Promise<string> {
  const { weights } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  return join(folder, String(weights.file));
}
