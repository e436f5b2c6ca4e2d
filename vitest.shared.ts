import { availableParallelism } from 'node:os';
import { defineConfig, type UserWorkspaceConfig } from 'vitest/config';

/** Resolves every `@mint/*` import to its source, so tests need no build. */
const conditions = ['@mint/source', 'node'];

/** For packages that test with `--coverage`. */
const coverage = {
  provider: 'v8' as const,
  include: ['src/**/*.ts'],
  exclude: ['src/**/*.test.ts', 'src/**/__fixtures__/**', 'src/index.ts'],
  reporter: ['text-summary'],
  thresholds: { lines: 90 },
};

const MOCKED = '.mocked.test.ts';
const below = (ending: string) => ['src', 'test'].map((folder) => `${folder}/**/*${ending}`);

export const project = (name: string, setupFiles: string[] = [], isolate = false) =>
  defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      setupFiles,
      include: below('.test.ts'),
      exclude: below(MOCKED),
      // If not, TensorFlow.js and the other modules are loaded once and not for every file, which takes half of the time.
      isolate,
      // Tests that load ONNX Runtime themselves send no reports of use either.
      env: { ORT_DISABLE_TELEMETRY: '1' },
      // Vitest leaves a core free; the last package would then run on one of two.
      maxWorkers: availableParallelism(),
      // A slower test states its own limit and why.
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  });

/** The tests of a package. Those that replace a module with `vi.mock` (`*.mocked.test.ts`) load all modules for themselves. */
export const tests = (
  name: string,
  setupFiles: string[] = [],
  others: UserWorkspaceConfig[] = [],
  isolate = false,
) => {
  const most = project(name, setupFiles, isolate);
  const mocked = {
    ...most.test,
    name: `${name}, mocked`,
    isolate: true,
    include: below(MOCKED),
    exclude: [],
  };
  return defineConfig({ test: { coverage, projects: [most, { ...most, test: mocked }, ...others] } });
};
