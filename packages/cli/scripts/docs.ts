import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Argument, Command, Option } from 'commander';
import { createProgram } from '../src/program.js';
import { terminalProgress } from '../src/shell/progress.js';
import { commandsOf, examplesOf, fullName } from '../src/shell/tree.js';

// Writes docs/cli.md from the definitions that `mint --help` prints.

const HEAD = `# The mint command

Written by \`npx pnpm --filter @mint/cli docs\` from the definitions that \`mint --help\` prints; a test fails when this page is
out of date.

Results go to standard output; progress and errors go to standard error. Exit codes: 0 done, 1 failed while running (or, where a
command says so, a check found something), 2 used wrongly, 130 interrupted. If the reader of the output goes away
(\`mint … | head\`), the command ends quietly with 141.

An error is one line that says what to do. \`--verbose\` adds where it came from. With \`--json\`, standard output is a single JSON
document: the result, or \`{ "error": { "code", "message" } }\`. The codes are those of the packages (\`NOT_FOUND\`,
\`CORRUPT_FILE\`, …), those of the system (\`EACCES\`, …), and \`USAGE\`, \`INTERRUPTED\`, \`OUT_OF_MEMORY\`, \`UNEXPECTED\`. The line
for people still goes to standard error.

Output at a terminal is coloured; \`NO_COLOR=1\` turns them off, \`FORCE_COLOR=1\` on.
`;

/** The page as Markdown. */
export function cliPage(): string {
  const program = createProgram({ progress: terminalProgress(), onExit: () => {} });
  const commands = commandsOf(program).filter(({ commands }) => commands.length === 0);
  const contents = commands.map((command) => {
    const name = fullName(command);
    return `- [\`${name}\`](#${name.replaceAll(' ', '-')}): ${markdown(firstSentence(command.description()))}`;
  });
  const flags = ['Every command takes', '', ...table(program.createHelp().visibleOptions(program))];
  const parts = [HEAD, contents.join('\n'), flags.join('\n'), ...commands.map(section)];
  return `${parts.join('\n\n').replaceAll(/\n{3,}/g, '\n\n')}\n`;
}

function section(command: Command): string {
  const usage = `${fullName(command)} ${command.usage()}`;
  const options = command.options.filter(({ hidden }) => !hidden);
  return [
    `## ${fullName(command)}`,
    markdown(command.description()),
    ['```sh', usage, '```'].join('\n'),
    command.registeredArguments
      .map((argument) => `- \`<${argument.name()}>\`: ${described(argument)}`)
      .join('\n'),
    options.length === 0 ? '' : table(options).join('\n'),
    ['```sh', ...examplesOf(command), '```'].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Rows of equal width, as the formatter has them. */
function table(options: readonly Option[]): string[] {
  const rows = options.map((option) => [
    `\`${option.flags}\``,
    `${described(option)}${option.mandatory ? ' (required)' : ''}`,
    defaultOf(option),
  ]);
  const all = [['flag', 'what', 'default'], ...rows];
  const widths = [0, 1, 2].map((i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [header = [], ...body] = all;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}

function described({ description, argChoices }: Option | Argument): string {
  const choices = argChoices?.map((choice) => `\`${choice}\``).join(', ');
  return `${markdown(description)}${choices === undefined ? '' : `: ${choices}`}`;
}

/** Text in which Markdown sees no markup. */
const markdown = (text: string): string => text.replaceAll(/[<*|]/g, '\\$&');

const defaultOf = ({ defaultValue, defaultValueDescription }: Option): string =>
  defaultValue === undefined ? '' : `\`${defaultValueDescription ?? defaultValue}\``;

const firstSentence = (text: string): string => /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;

const page = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));

/** What docs/cli.md says now. */
export const writtenPage = (): string => readFileSync(page, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, cliPage());
