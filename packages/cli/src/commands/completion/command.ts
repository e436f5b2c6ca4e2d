import { Argument, type Command } from 'commander';
import type { CommandContext } from '../../shell/context.js';
import { examples } from '../../shell/flags.js';
import { SHELLS, type Shell } from './flags.js';

/** Adds `mint completion`. */
export function addCompletion(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .description(
      'Print a script with which a shell completes commands, flags and values. Run it again after an update.',
    )
    .addArgument(new Argument('<shell>', 'which shell the script is for').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'mint completion bash > ~/.local/share/bash-completion/completions/mint',
        'mint completion zsh > ~/.zfunc/_mint   # with fpath+=~/.zfunc before compinit in ~/.zshrc',
        'mint completion fish > ~/.config/fish/completions/mint.fish',
      ),
    )
    .action(async (shell: Shell) => {
      const { runCompletion } = await import('./run.js');
      context.onExit(runCompletion(shell, program, context));
    });
}
