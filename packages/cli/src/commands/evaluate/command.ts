import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import {
  cache,
  classes,
  defectWords,
  device,
  examples,
  goodWords,
  overlays,
  protocol,
  root,
  strict,
  threads,
} from '../../shell/flags.js';
import type { EvaluateFlags } from './flags.js';

/** Adds `mint evaluate`. */
export function addEvaluate(program: Command, context: CommandContext): void {
  program
    .command('evaluate')
    .description('Score the test images of a data set and write metrics.json.')
    .argument('<data>', 'data set, as for mint train')
    .requiredOption('--model <folder>', 'model folder, such as runs/parts/model')
    .requiredOption('--out <folder>', 'folder for metrics.json, report.html and overlays')
    .addOption(classes())
    .addOption(protocol())
    .option(
      '--class-given',
      'apply the limits of the class in the data set instead of those of the recognised class',
    )
    .option(
      '--roi <folder>',
      'where single images are looked at: <class>/<image>.png, white there, or .json, in place of the region of their class',
    )
    .addOption(goodWords())
    .addOption(defectWords())
    .addOption(root())
    .addOption(device())
    .addOption(threads())
    .addOption(cache())
    .addOption(overlays())
    .addOption(strict())
    .addHelpText(
      'after',
      examples(
        'mint evaluate ./parts --model runs/parts/model --out runs/parts-again',
        'mint evaluate ./parts --model runs/parts/model --out runs/mvtec --protocol mvtec',
      ),
    )
    .action(async (folder: string, flags: EvaluateFlags) => {
      const { runEvaluate } = await import('./run.js');
      context.onExit(await runEvaluate(folder, flags, context));
    });
}
