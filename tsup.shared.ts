import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** tsup leaves dependencies and peers out of a build by itself, optional ones it does not. */
const optional = (): string[] =>
  Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies ?? {});

/**
 * One ESM build per package. The private `@mint/internal` is bundled into each, from its source. scripts/build-types.mjs writes
 * the types of all packages.
 */
export const library = (entry: Record<string, string> = { index: 'src/index.ts' }) =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    external: optional(),
    noExternal: [/^@mint\/internal/],
    esbuildOptions(options) {
      options.conditions = ['@mint/source'];
    },
    sourcemap: true,
    clean: ['dist/*.js', 'dist/*.map'],
    treeshake: true,
  });
