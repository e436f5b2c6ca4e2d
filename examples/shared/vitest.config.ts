import { defineConfig } from 'vitest/config';

const conditions = ['@mint/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name: 'examples/shared', testTimeout: 600_000 },
});
