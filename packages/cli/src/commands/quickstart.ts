import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import type { Device } from '../device.js';
import { count, device, examples, threads } from '../flags.js';

export interface QuickstartFlags {
  readonly out: string;
  readonly seed: number;
  readonly device: Device;
  readonly threads?: number;
}

/** Adds `mint quickstart`. */
export function addQuickstart(program: Command, context: CommandContext): void {
  program
    .command('quickstart')
    .description('Learn four made-up product classes and find their defects, in a few minutes.')
    .option('--out <folder>', 'run folder', 'runs/quickstart')
    .option('--seed <n>', 'seed of every random choice', count, 0)
    .addOption(device())
    .addOption(threads())
    .addHelpText('after', examples('mint quickstart', 'mint quickstart --out runs/second --seed 1'))
    .action(async (flags: QuickstartFlags) => {
      const { runQuickstart } = await import('../run/quickstart.js');
      context.onExit(await runQuickstart(flags, context));
    });
}
