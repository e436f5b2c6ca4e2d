import type { Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { examples, preset } from '../../shell/flags.js';
import type { InitFlags } from './flags.js';

/** Adds `mint init`. */
export function addInit(program: Command, context: CommandContext): void {
  program
    .command('init')
    .description(
      'Write mint.config.jsonc, a file for mint train --config with every setting, its value and its meaning.',
    )
    .argument('[folder]', 'folder to write it to', '.')
    .addOption(preset())
    .option('--force', 'overwrite an existing file')
    .addHelpText('after', examples('mint init', 'mint init settings --preset paper'))
    .action(async (folder: string, flags: InitFlags) => {
      const train = program.commands.find((command) => command.name() === 'train');
      const defaults = train?.options.map((option) => [option.attributeName(), option.defaultValue]);
      const { runInit } = await import('./run.js');
      context.onExit(await runInit(folder, flags, Object.fromEntries(defaults ?? []), context));
    });
}
