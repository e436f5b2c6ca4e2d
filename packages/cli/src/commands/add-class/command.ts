import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import {
  cache,
  count,
  defectWords,
  device,
  examples,
  goodWords,
  root,
  strict,
  threads,
} from '../../shell/flags.js';
import type { AddClassFlags } from './flags.js';

/** Adds `mint add-class`. */
export function addAddClass(program: Command, context: CommandContext): void {
  program
    .command('add-class')
    .description(
      'Add a product class to a trained model, from good images. Results for the other classes stay the same.',
    )
    .argument(
      '<data>',
      'good images of the class: a folder of images, or any folder or list that mint train reads',
    )
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .requiredOption('--out <folder>', 'folder of the new model')
    .option('--class <name>', 'name of the class (default: the name in the data set)')
    .option('--seed <n>', 'seed of the fit and of the choice of held-out images', count, 0)
    .addOption(goodWords())
    .addOption(defectWords())
    .addOption(root())
    .addOption(device())
    .addOption(threads())
    .addOption(cache())
    .addOption(strict())
    .addHelpText(
      'after',
      examples(
        'mint add-class new-bolts --class bolt --model runs/parts/model --out runs/parts-2/model',
        'mint add-class new-parts --model runs/parts/model --out runs/parts-2/model',
      ),
    )
    .action(async (folder: string, flags: AddClassFlags) => {
      const { runAddClass } = await import('./run.js');
      context.onExit(await runAddClass(folder, flags, context));
    });
}
