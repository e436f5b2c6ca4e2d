import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createProgram } from '../../program.js';
import { terminalProgress } from '../../shell/progress.js';
import type { ServeFlags } from './flags.js';
import { memoryParts } from './memory.js';

const page = readFileSync(new URL('../../../../../docs/use-a-model.md', import.meta.url), 'utf8');

/** The numbers in the last column of the table of parts, in MB. */
const documented = [...page.matchAll(/^\|[^|]+\| +(\d+) MB +\|$/gm)].map(([, mb]) => Number(mb));

const defaults = () => {
  const program = createProgram({ progress: terminalProgress(), onExit: () => {} });
  const serve = program.commands.find((command) => command.name() === 'serve');
  return serve?.opts<ServeFlags>() ?? expect.unreachable();
};

test('the documented parts of the memory are those of the code, and their sum is what the sample unit allows', () => {
  const parts = memoryParts({ ...defaults(), tiles: true }).map(({ bytes }) => Math.round(bytes / 1e6));
  const [model = 0, ...others] = documented;
  expect(others).toEqual(parts);
  const withoutTiles = model + others.slice(0, -1).reduce((sum, part) => sum + part, 0);
  const limit = 2 ** 30 * Number(/^MemoryMax=(\d+)G$/m.exec(page)?.[1]);
  expect(withoutTiles * 1e6).toBeLessThan(limit);
  expect(withoutTiles * 1e6).toBeGreaterThan(limit / 2);
});
