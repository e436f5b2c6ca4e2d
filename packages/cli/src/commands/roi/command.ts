import type { Command } from 'commander';
import { backbone, weights } from '../../shell/backbones.js';
import type { CommandContext } from '../../shell/context.js';
import {
  cache,
  classes,
  defectWords,
  device,
  examples,
  goodWords,
  root,
  strict,
  threads,
} from '../../shell/flags.js';
import type { ProposeFlags } from './flags.js';

/** Adds `mint roi propose`. */
export function addRoi(program: Command, context: CommandContext): void {
  const named = backbone();
  named.description = named.description.replace('(default: efficientnet_b4)', '(default: scattering)');
  program
    .command('roi')
    .description('Regions of interest: where images are looked at.')
    .command('propose')
    .description(
      'Propose a region of interest for each class from its good training images: the places that differ from the border of the images. Writes a mask and a sheet of overlays for each class. Look at them, correct the masks, and give the folder to mint train or mint calibrate as --roi; nothing is applied by itself. Exit code 1 when no class gets a region.',
    )
    .argument('<data>', 'data set, as for mint train')
    .requiredOption(
      '--out <folder>',
      'folder for <class>.png, white where images are looked at, and overlays/<class>.png',
    )
    .addOption(classes())
    .addOption(goodWords())
    .addOption(defectWords())
    .addOption(root())
    .addOption(named)
    .addOption(weights())
    .option('--overwrite', 'replace masks that are there')
    .addOption(device())
    .addOption(threads())
    .addOption(cache())
    .addOption(strict())
    .addHelpText(
      'after',
      examples('mint roi propose ./parts --out roi', 'mint roi propose ./parts --out roi --classes bolt,nut'),
    )
    .action(async (data: string, flags: ProposeFlags) => {
      const { runPropose } = await import('./run.js');
      context.onExit(await runPropose(data, flags, context));
    });
}
