import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

/**
 * Bundles a module and all that it imports as one script for browsers, without polyfills.
 *
 * @param entry - A source file.
 * @param name - The global variable that gets its exports.
 */
export async function bundleForBrowser(entry: URL, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mint-bundle-'));
  try {
    await build({
      config: false,
      silent: true,
      format: ['iife'],
      platform: 'browser',
      globalName: name,
      outDir: folder,
      entry: { bundle: fileURLToPath(entry) },
      noExternal: [/.*/],
      esbuildOptions: (options) => {
        options.conditions = ['@mint/source', 'browser'];
      },
    });
    return await readFile(join(folder, 'bundle.global.js'), 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}
