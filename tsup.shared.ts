import { defineConfig } from 'tsup';

/**
 * One ESM build per package; the private `@mint/internal` is bundled into each, from its source. Types are written by
 * scripts/build-types.mjs, for all packages together.
 */
export const library = (entry: Record<string, string> = { index: 'src/index.ts' }) =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    noExternal: [/^@mint\/internal/],
    esbuildOptions(options) {
      options.conditions = ['@mint/source'];
    },
    sourcemap: true,
    clean: ['dist/*.js', 'dist/*.map'],
    treeshake: true,
  });
