import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const jest = require.resolve('jest/bin/jest');

/** A test file of Jest that runs the programs, with the backend's source in it, so that no build is needed. */
const entry = `
import { PROGRAMS } from ${JSON.stringify(join(packageFolder, 'test/realms/programs.ts'))};
for (const [name, program] of Object.entries(PROGRAMS)) test(name, () => program(expect));
`;

test('the small programs in Jest, in two test files of one process', async () => {
  const folder = await mkdtemp(join(packageFolder, 'node_modules', '.jest-'));
  try {
    for (const name of ['one', 'two']) {
      await build({
        stdin: { contents: entry, resolveDir: packageFolder },
        outfile: join(folder, `${name}.test.mjs`),
        bundle: true,
        platform: 'node',
        format: 'esm',
        conditions: ['@mint/source'],
        external: ['@tensorflow/*', 'onnxruntime-node'],
        logLevel: 'error',
      });
    }
    const config = {
      rootDir: folder,
      testMatch: ['**/*.test.mjs'],
      testPathIgnorePatterns: [],
      haste: { retainAllFiles: true }, // also those within node_modules
      transform: {},
      testEnvironment: 'node',
    };
    await writeFile(join(folder, 'jest.config.json'), JSON.stringify(config));
    const { stderr } = await promisify(execFile)(
      process.execPath,
      ['--experimental-vm-modules', jest, '--runInBand', '--config', join(folder, 'jest.config.json')],
      { cwd: folder },
    );
    expect(stderr).toContain('Test Suites: 2 passed, 2 total');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
