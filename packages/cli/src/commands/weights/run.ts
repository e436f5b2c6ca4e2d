import { cachedWeights, verifyWeights, WEIGHTS, type WeightsFile, type WeightsName } from '@mint/hub';
import { MintError } from '@mint/internal';
import { fetchWeights } from '../../jobs/fetch-weights.js';
import type { CommandContext } from '../../shell/context.js';

const NAMES = Object.keys(WEIGHTS) as WeightsName[];

/** `mint weights list`: prints one line per name. Returns the exit code. */
export async function runWeightsList({ print }: CommandContext): Promise<number> {
  const rows = await Promise.all(
    NAMES.map(async (name) => ({ name, ...WEIGHTS[name], path: (await cachedWeights(name))?.path })),
  );
  const lines = rows.map(({ name, parameters, licence, path, use }) =>
    [
      name,
      `${Math.round(4 * parameters)} MB`,
      licence,
      path === undefined ? 'not downloaded' : 'downloaded',
      use,
    ].join('\t'),
  );
  print(lines.join('\n'), rows);
  return 0;
}

/** `mint weights get <name>`: prints the path. Returns the exit code. */
export async function runWeightsGet(name: WeightsName, context: CommandContext): Promise<number> {
  const file = await fetchWeights(name, context.progress);
  context.progress.say(`${name}: revision ${file.revision}, SHA-256 ${file.sha256}, licence ${file.licence}`);
  context.print(file.path, file);
  return 0;
}

/** `mint weights path <name>`: prints the path. Returns the exit code. */
export async function runWeightsPath(name: WeightsName, { print }: CommandContext): Promise<number> {
  const file = await cachedWeights(name);
  if (file === undefined)
    throw new MintError('NOT_FOUND', `${name}: is not on this machine; run mint weights get ${name}.`);
  print(file.path, file);
  return 0;
}

/**
 * `mint weights verify [name]`: reads every byte of the weights, or of all that were downloaded. Returns 1 when a file has
 * changed.
 */
export async function runWeightsVerify(
  name: WeightsName | undefined,
  { print }: CommandContext,
): Promise<number> {
  const intact: WeightsFile[] = [];
  const damaged: { readonly name: string; readonly reason: string }[] = [];
  for (const each of name === undefined ? NAMES : [name]) {
    if (name === undefined && (await cachedWeights(each)) === undefined) continue;
    try {
      intact.push(await verifyWeights(each));
    } catch (error) {
      if (!MintError.isInstance(error) || error.code !== 'CORRUPT_FILE') throw error;
      damaged.push({ name: each, reason: error.message });
    }
  }
  const summary = `${intact.length} files of weights are intact, ${damaged.length} have changed`;
  print([...damaged.map(({ reason }) => reason), summary].join('\n'), { intact, damaged });
  return damaged.length === 0 ? 0 : 1;
}
