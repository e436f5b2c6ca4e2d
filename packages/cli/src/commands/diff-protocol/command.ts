import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { examples } from '../../shell/flags.js';

/** Adds `mint diff-protocol`. */
export function addDiffProtocol(program: Command, context: CommandContext): void {
  program
    .command('diff-protocol')
    .description(
      'List the differences in how two evaluations were made, and what each does to the numbers. Exit code 1 when there is any.',
    )
    .argument('<first>', 'metrics.json or run folder')
    .argument('<second>', 'metrics.json or run folder')
    .addHelpText('after', examples('mint diff-protocol runs/a runs/b'))
    .action(async (first: string, second: string) => {
      const { runDiffProtocol } = await import('./run.js');
      context.onExit(await runDiffProtocol(first, second, context));
    });
}
