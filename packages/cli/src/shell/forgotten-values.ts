import { type Command, CommanderError } from 'commander';

/**
 * Refuses an option whose value is another option: `--maps --masks` would write to a folder called `--masks`.
 *
 * @throws CommanderError, as for other wrong usage.
 */
export function refuseForgottenValues(command: Command): void {
  const flags = new Set(withParents(command).flatMap(({ options }) => options.map(({ long }) => long)));
  for (const option of command.options) {
    const given: unknown = command.getOptionValue(option.attributeName());
    const flag = [given].flat().find((value) => typeof value === 'string' && flags.has(value));
    if (flag === undefined) continue;
    const message = `option '${option.flags}' argument missing: ${flag} comes next, which is an option`;
    throw new CommanderError(1, 'commander.optionMissingArgument', message);
  }
}

const withParents = (command: Command): Command[] => [
  command,
  ...(command.parent === null ? [] : withParents(command.parent)),
];
