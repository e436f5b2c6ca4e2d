import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { examples } from '../../shell/flags.js';

/** Adds `mint doctor`. */
export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description(
      'Say what this machine can compute on (--device), how fast, and what to install for the rest. Exit code 1 when nothing fast works.',
    )
    .addHelpText('after', examples('mint doctor', 'mint doctor --json   # to go with a report of a problem'))
    .action(async () => {
      const { runDoctor } = await import('./run.js');
      context.onExit(await runDoctor(program.version() ?? '', context));
    });
}
