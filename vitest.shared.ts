import { defineConfig } from 'vitest/config';

/** Resolve every `@mint/*` import to its source, so tests need no build. */
const conditions = ['@mint/source', 'node', 'import', 'default'];

export const project = (name: string, setupFiles: string[] = []) =>
  defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      setupFiles,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      testTimeout: 600_000,
      coverage: {
        provider: 'v8',
        include: ['src/**/*.ts'],
        exclude: ['src/**/*.test.ts', 'src/**/__fixtures__/**', 'src/index.ts'],
        reporter: ['text-summary'],
        thresholds: { lines: 90 },
      },
    },
  });
