import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.js';
import type { CommandContext } from '../context.js';
import { examples } from '../flags.js';

/** Adds `mint completion`. */
export function addCompletion(program: Command, { print, onExit }: CommandContext): void {
  program
    .command('completion')
    .description(
      'Print a script that lets a shell complete commands, flags and their values. Write it anew after an update.',
    )
    .addArgument(new Argument('<shell>', 'the shell it is for').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'mint completion bash > ~/.local/share/bash-completion/completions/mint',
        'mint completion zsh > ~/.zfunc/_mint   # with fpath+=~/.zfunc before compinit in ~/.zshrc',
        'mint completion fish > ~/.config/fish/completions/mint.fish',
      ),
    )
    .action((shell: Shell) => {
      const script = completionScript(shell, program);
      print(script.trimEnd(), { shell, script });
      onExit(0);
    });
}
