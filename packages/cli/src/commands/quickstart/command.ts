import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { count, device, examples, threads } from '../../shell/flags.js';
import type { QuickstartFlags } from './flags.js';

/** Adds `mint quickstart`. */
export function addQuickstart(program: Command, context: CommandContext): void {
  program
    .command('quickstart')
    .description('Train on four procedural product classes and find their defects, in a few minutes.')
    .option('--out <folder>', 'run folder', 'runs/quickstart')
    .option('--seed <n>', 'seed of every random choice', count, 0)
    .addOption(device())
    .addOption(threads())
    .addHelpText('after', examples('mint quickstart', 'mint quickstart --out runs/second --seed 1'))
    .action(async (flags: QuickstartFlags) => {
      const { runQuickstart } = await import('./run.js');
      context.onExit(await runQuickstart(flags, context));
    });
}
