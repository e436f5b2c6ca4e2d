import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { examples } from '../../shell/flags.js';

/** Adds `mint diff-protocol`. */
export function addDiffProtocol(program: Command, context: CommandContext): void {
  program
    .command('diff-protocol')
    .description('Say why the numbers of two evaluations may differ. Exit code 1 when anything does.')
    .argument('<first>', 'metrics.json or run folder')
    .argument('<second>', 'metrics.json or run folder')
    .addHelpText('after', examples('mint diff-protocol runs/a runs/b'))
    .action(async (first: string, second: string) => {
      const { runDiffProtocol } = await import('./run.js');
      context.onExit(await runDiffProtocol(first, second, context));
    });
}
