import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const page = read('troubleshooting.md');

test('every code of MintError has its section, and no other code has one', () => {
  const [, union = ''] = /type MintErrorCode =([^;]*);/.exec(read('../packages/internal/src/error.ts')) ?? [];
  const codes = union.match(/[A-Z_]+/g) ?? [];
  expect(codes).toContain('INVALID_ARGUMENT');
  const sections = page.match(/^## [A-Z]+(_[A-Z]+)*$/gm)?.map((line) => line.slice(3));
  expect(sections?.sort()).toEqual(codes.sort());
});

test('every code that the command adds is explained', () => {
  const source = read('../packages/cli/src/failure.ts');
  const own = [...source.matchAll(/code: '([A-Z_]+)'/g)].map(([, code]) => code);
  const [, table = ''] = /const SYSTEM[^{]*\{(.*?)\n\};/s.exec(source) ?? [];
  const system = table.match(/\bE[A-Z]+(?=:)/g) ?? [];
  expect(own).toContain('USAGE');
  expect(system).toContain('ENOSPC');
  for (const code of [...own, ...system]) expect(page).toContain(`\`${code}\``);
});
