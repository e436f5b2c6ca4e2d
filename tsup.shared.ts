import { defineConfig } from 'tsup';

/** One ESM build a package; the private `@mint/internal` is bundled into each. */
export const library = (entry: Record<string, string> = { index: 'src/index.ts' }) =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    dts: { resolve: [/^@mint\/internal/] },
    noExternal: [/^@mint\/internal/],
    sourcemap: true,
    clean: true,
    treeshake: true,
  });
