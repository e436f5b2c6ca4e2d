import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { classes, defectWords, examples, goodWords, root } from '../../shell/flags.js';
import type { DataCheckFlags } from './flags.js';

/** Adds `mint data check`. */
export function addDataCheck(program: Command, context: CommandContext): void {
  program
    .command('data')
    .description('Check data sets.')
    .command('check')
    .description(
      'Open every image and mask, and report the contents of the data set and its problems. Exit code 1 when there is a problem.',
    )
    .argument('<path>', 'folder of images, published data set as downloaded, or list (.csv, .jsonl, .json)')
    .addOption(classes())
    .addOption(goodWords())
    .addOption(defectWords())
    .addOption(root())
    .option('--allow-left-out', 'images and masks that are left out are notes, not problems')
    .addHelpText('after', examples('mint data check ./parts', 'mint data check ./parts --json > report.json'))
    .action(async (path: string, flags: DataCheckFlags) => {
      const { runDataCheck } = await import('./run.js');
      context.onExit(await runDataCheck(path, flags, context));
    });
}
