import type { Command } from 'commander';

// What help, completion and docs/cli.md read from commander's definitions.

/** The name of a command with those of its parents, such as `mint cache ls`. */
export function fullName(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}

/** A command and all commands below it, parents first, in the order of the help. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** The whole help of a command, as `--help` prints it without colours. */
export function helpOf(command: Command): string {
  const output = command.configureOutput();
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHasColors: () => false,
    getOutHelpWidth: () => 100,
  });
  command.outputHelp();
  command.configureOutput(output);
  return text;
}

/** The command lines under `Examples:` in a command's help. */
export function examplesOf(command: Command): string[] {
  const [, block = ''] = /^Examples?:\n((?: {2}.*\n?)+)/m.exec(helpOf(command)) ?? [];
  return block
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
