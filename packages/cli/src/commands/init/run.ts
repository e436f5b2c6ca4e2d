import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { PAPER_CONFIG } from '@mint/detector';
import { MintError } from '@mint/internal';
import { writeFileAtomic } from '@mint/internal/node';
import { PRESETS } from '@mint/trainer';
import type { CommandContext } from '../../shell/context.js';
import { configTemplate } from './config-template.js';
import type { InitFlags } from './flags.js';

/** With this ending, editors accept the comments. */
const NAME = 'mint.config.jsonc';

/**
 * `mint init [folder]`: writes a configuration file with the preset's settings and their descriptions. Returns the exit code.
 *
 * @param defaults - Defaults of the flags of `mint train`.
 * @throws MintError `INVALID_ARGUMENT` when the file exists already.
 */
export async function runInit(
  folder: string,
  flags: InitFlags,
  defaults: Readonly<Record<string, unknown>>,
  { print }: CommandContext,
): Promise<number> {
  const path = join(folder, NAME);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists && !flags.force) {
    throw new MintError('INVALID_ARGUMENT', `${path}: the file exists already; --force overwrites it.`);
  }
  const { train, ...detector } = PRESETS[flags.preset];
  const values = { ...defaults, preset: flags.preset, train, detector: { ...PAPER_CONFIG, ...detector } };
  await writeFileAtomic(path, configTemplate(values));
  print(`wrote ${path}; next: mint train <data> --config ${path} --out <folder>`, { path });
  return 0;
}
