import type { Dataset } from '@mint/data';
import type { DetectorConfig } from '@mint/detector';
import { inputSideFor } from '@mint/trainer';
import type { Progress } from '../../shell/progress.js';
import { type ConfigFile, readConfigFile } from './config-file.js';
import type { TrainFlags } from './flags.js';
import { followsImages, inputOf, laidOver, type TrainSettings, withoutBackbone } from './settings.js';

/**
 * Flags and the configuration file that they name, as one.
 *
 * @param flags - All flags, defaults among them.
 * @param isGiven - Whether a flag was given.
 * @throws MintError as `readConfigFile`.
 */
export async function readSettings<T extends TrainFlags>(
  flags: T,
  isGiven: (flag: string) => boolean,
): Promise<T & ConfigFile> {
  const file = flags.config === undefined ? {} : await readConfigFile(flags.config);
  const named = flags.backbone !== undefined || flags.weights !== undefined;
  return laidOver(flags, named ? withoutBackbone(file) : file, isGiven);
}

/** The input that the settings ask for; one of the images' own size, as far as that is sensible, where they ask for none. */
export async function inputForImages(
  settings: TrainSettings,
  { samples }: Dataset,
  backbone: DetectorConfig['backbone'],
  progress: Progress,
): Promise<DetectorConfig['input']> {
  const asked = inputOf(settings);
  if (!followsImages(settings)) return asked;
  const good = samples.filter(({ split, label }) => split === 'train' && label === 'normal');
  const side = await inputSideFor(good, backbone);
  progress.say(`input: ${side} x ${side} px, which follows the size of the images; --input sets another`);
  return { ...asked, width: side, height: side };
}
