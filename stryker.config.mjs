import { fileURLToPath } from 'node:url';

// Mutation tests of one package, run in its folder: `stryker run ../../stryker.config.mjs`.
export default {
  plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
  testRunner: 'vitest',
  mutate: ['src/**/*.ts', '!src/**/*.test.ts', '!src/index.ts'],
  // The copy that is mutated lies as deep as the packages, so that paths to the root's files hold; in a tsconfig Stryker would
  // rewrite them.
  ignorePatterns: ['bench', 'coverage', 'dist', 'tsconfig.json'],
  tempDirName: '../../.stryker-tmp',
  reporters: ['clear-text', 'html', 'progress-append-only'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  incremental: true,
  concurrency: 1,
  // A busy machine is slow; endless loops are found by counting, which needs no clock.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 30,
  thresholds: { high: 90, low: 80, break: 80 },
};
