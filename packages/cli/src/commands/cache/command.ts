import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { count, examples } from '../../shell/flags.js';
import type { CachePruneFlags } from './flags.js';

/** Adds `mint cache`. */
export function addCache(program: Command, context: CommandContext): void {
  const caches = program.command('cache').description('List, check and clean a folder of computed features.');
  caches
    .command('ls')
    .description('List the contents of a feature cache, last used first.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .addHelpText('after', examples('mint cache ls runs/feature-cache'))
    .action(async (folder: string) => {
      const { runCacheLs } = await import('./run.js');
      context.onExit(await runCacheLs(folder, context));
    });
  caches
    .command('verify')
    .description('Read every byte and list damaged files. Exit code 1 when there are any.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .addHelpText('after', examples('mint cache verify runs/feature-cache'))
    .action(async (folder: string) => {
      const { runCacheVerify } = await import('./run.js');
      context.onExit(await runCacheVerify(folder, context));
    });
  caches
    .command('prune')
    .description('Remove damaged files and the leftovers of killed processes.')
    .argument('<folder>', 'feature cache, such as runs/feature-cache')
    .option('--unused <days>', 'also remove features that nobody has used for this many days', count)
    .addHelpText(
      'after',
      examples('mint cache prune runs/feature-cache', 'mint cache prune runs/feature-cache --unused 30'),
    )
    .action(async (folder: string, flags: CachePruneFlags) => {
      const { runCachePrune } = await import('./run.js');
      context.onExit(await runCachePrune(folder, flags, context));
    });
}
