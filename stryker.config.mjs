import { fileURLToPath } from 'node:url';

// Mutation tests of one package. Run in its folder: `stryker run ../../stryker.config.mjs`.
export default {
  plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
  testRunner: 'vitest',
  mutate: ['src/**/*.ts', '!src/**/*.test.ts', '!src/index.ts'],
  // Stryker mutates a copy. Its folder is as deep as a package's, so that relative paths to the root stay right. Stryker would rewrite
  // those in a tsconfig, so that file is left out.
  ignorePatterns: ['bench', 'coverage', 'dist', 'tsconfig.json'],
  tempDirName: '../../.stryker-tmp',
  reporters: ['clear-text', 'html', 'progress-append-only'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  incremental: true,
  concurrency: 1,
  // Long, because a busy machine is slow. Endless loops are found by counting, which needs no clock.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 30,
  thresholds: { high: 90, low: 80, break: 80 },
};
