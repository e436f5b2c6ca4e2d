import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { cache, device, examples, rate, strict, threads } from '../../shell/flags.js';
import type { CalibrateFlags } from './flags.js';

/** Adds `mint calibrate`. */
export function addCalibrate(program: Command, context: CommandContext): void {
  program
    .command('calibrate')
    .description(
      'Set new alarm limits for a model: another false-alarm rate, more good images, or both. Its weights stay the same.',
    )
    .argument('<model>', 'model folder, such as runs/parts/model')
    .option(
      '--alpha <rate>',
      'share of good images that may raise an alarm (default: the rate of the model)',
      rate,
    )
    .option('--add <folder>', 'new good images, with a subfolder for each class')
    .option('--class <name>', 'class of all images in --add, which then needs no subfolders')
    .addOption(device())
    .addOption(threads())
    .addOption(cache())
    .addOption(strict())
    .addHelpText(
      'after',
      examples(
        'mint calibrate runs/parts/model --alpha 0.01',
        'mint calibrate runs/parts/model --add new-good-images',
        'mint calibrate runs/parts/model --add new-nuts --class nut',
      ),
    )
    .action(async (model: string, flags: CalibrateFlags) => {
      const { runCalibrate } = await import('./run.js');
      context.onExit(await runCalibrate(model, flags, context));
    });
}
