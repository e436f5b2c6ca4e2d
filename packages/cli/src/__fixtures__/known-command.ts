import type { Command } from 'commander';
import { expect } from 'vitest';
import { createProgram } from '../program.js';
import { terminalProgress } from '../shell/progress.js';

/**
 * Fails unless `mint` has the command and every flag of it.
 *
 * @param line - The words of a command line.
 * @param name - Name of the command, or of the group that it is in.
 */
export function assertCommand([mint = '', ...words]: readonly string[], name: string): void {
  expect(mint).toMatch(/^(.*\/)?mint$/);
  let command: Command = createProgram({ progress: terminalProgress(), onExit: () => {} });
  for (const word of words) {
    const next: Command | undefined = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    command = next;
  }
  expect([command.name(), command.parent?.name()]).toContain(name);
  const given = words.filter((word) => word.startsWith('--'));
  const known = command.options.map(({ long }) => long);
  expect(given.filter((flag) => !known.includes(flag))).toEqual([]);
  expect(
    command.options.filter(({ mandatory, long = '' }) => mandatory && !given.includes(long ?? '')),
  ).toEqual([]);
}
