import { defineConfig } from 'vitest/config';

/** Resolve every `@mint/*` import to its source, so tests need no build. */
const conditions = ['@mint/source', 'node', 'import', 'default'];

/** For packages that test with `--coverage`. Where a configuration has several projects it stands beside them. */
export const coverage = {
  provider: 'v8' as const,
  include: ['src/**/*.ts'],
  exclude: ['src/**/*.test.ts', 'src/**/__fixtures__/**', 'src/index.ts'],
  reporter: ['text-summary'],
  thresholds: { lines: 90 },
};

export const project = (name: string, setupFiles: string[] = []) =>
  defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      setupFiles,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      testTimeout: 600_000,
      coverage,
    },
  });
