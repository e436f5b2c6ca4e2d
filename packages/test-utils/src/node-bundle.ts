import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles a program for tests that start it often: from its sources, each start would take a second.
 *
 * @param entry - Its source file.
 * @param file - Where the bundle goes: below a folder in whose `node_modules` the packages are.
 * @param packages - What stays outside of it.
 */
export async function bundleForNode(entry: URL, file: string, packages: readonly string[]): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@mint/source'],
    external: [...packages],
    logLevel: 'error',
  });
}
