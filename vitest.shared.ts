import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Resolves every `@mint/*` import to its source, so tests need no build. */
const conditions = ['@mint/source', 'node'];

/** For packages that test with `--coverage`. A configuration with several projects sets it beside `projects`. */
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
      // Vitest leaves a core free; the last package would then run on one of two.
      maxWorkers: availableParallelism(),
      // A slower test states its own limit and why.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      coverage,
    },
  });
