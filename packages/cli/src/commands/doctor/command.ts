import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { examples } from '../../shell/flags.js';

/** Adds `mint doctor`. */
export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description(
      'List the devices that work on this machine (--device), how fast they are, and what to install for the rest. Exit code 1 when no fast device works.',
    )
    .addHelpText('after', examples('mint doctor', 'mint doctor --json   # for a problem report'))
    .action(async () => {
      const { runDoctor } = await import('./run.js');
      context.onExit(await runDoctor(program.version() ?? '', context));
    });
}
