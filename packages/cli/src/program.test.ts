import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { mintHere } from './__fixtures__/run.js';
import { createProgram } from './program.js';
import { terminalProgress } from './shell/progress.js';
import { commandsOf, examplesOf, fullName, helpOf } from './shell/tree.js';

const program = createProgram({ progress: terminalProgress(), onExit: () => {} });
const all = commandsOf(program).map((command) => [fullName(command), command] as const);
const leaves = all.filter(([, { commands }]) => commands.length === 0);

/** Makes every command only note that it was called. */
const noting = (ran: string[]) => (program: Command) => {
  for (const command of commandsOf(program))
    if (command.commands.length === 0) command.action(() => void ran.push(fullName(command)));
};

/** Splits a command line as a shell does, as far as the examples need: quotes, and `#` before a comment. */
const words = (line: string): string[] =>
  [...line.replace(/\s#.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, a, b, c]) => a ?? b ?? c ?? '',
  );

describe.each(leaves)('%s', (name, command) => {
  test('has examples that run', async () => {
    const examples = examplesOf(command);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const [first, ...args] = words(example);
      expect(first).toBe('mint');
      const end = args.findIndex((word) => ['<', '>', '|', '&&', '||'].includes(word));
      const ran: string[] = [];
      await mintHere(end < 0 ? args : args.slice(0, end), noting(ran));
      expect(ran, example).toEqual([name]);
    }
  });

  test('does not repeat a global flag', () => {
    const flags = command.options.flatMap(({ long, short }) => [long, short]);
    for (const { long, short } of program.options) {
      expect(flags).not.toContain(long);
      if (short !== undefined) expect(flags).not.toContain(short);
    }
  });
});

test.each(all)(
  'the help of %s says what it, each argument and each flag is for, and the exit codes',
  (_, command) => {
    const described = [
      command.description(),
      ...command.registeredArguments.map(({ description }) => description),
    ];
    for (const text of [...described, ...command.options.map(({ description }) => description)])
      expect(text).toMatch(/\S/);
    expect(command.description()).toMatch(/^[A-Z].*\.$/s);
    for (const { description } of command.options) expect(description).not.toMatch(/\.$/);
    expect(helpOf(command)).toContain('0 done, 1 failed while running, 2 used wrongly, 130 interrupted');
  },
);

test('a flag of several commands takes the same kind of value in each', () => {
  const kinds = new Map<string, Set<string>>();
  for (const { flags, long } of leaves.flatMap(([, { options }]) => options)) {
    if (long === undefined || long === '--model') continue; // `train` makes one: its method is meant
    kinds.set(long, (kinds.get(long) ?? new Set()).add(flags));
  }
  expect([...kinds.values()].filter(({ size }) => size > 1).map((texts) => [...texts])).toEqual([]);
});

test('--json works before and after the name of the command', async () => {
  const seen: unknown[] = [];
  const note = (program: Command) => {
    for (const command of commandsOf(program))
      if (command.commands.length === 0) command.action(() => void seen.push(program.opts()));
  };
  for (const args of [
    ['--json', 'cache', 'ls', 'x'],
    ['cache', 'ls', 'x', '--json'],
    ['cache', '--json', 'ls', 'x'],
  ])
    await mintHere(args, note);
  expect(seen).toEqual([{ json: true }, { json: true }, { json: true }]);
});

test.each([
  [
    ['predict', 'a.png', '--model', 'm', '--maps', '--masks'],
    "'--maps <folder>' argument missing: --masks comes next",
  ],
  [['train', 'parts', '--out', '--json'], "'--out <folder>' argument missing"],
  [['cache', 'prune', '--unused', '--json'], "'--unused <days>'"],
])('an option is no value of another: %s', async (args, message) => {
  await expect(mintHere(args, noting([]))).rejects.toThrow(message);
});
