import { mkdtemp } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

/**
 * Builds the package as it is published, JavaScript files beside each other, together with the source file `entry`: worker
 * threads start only so. Returns the folder, which the caller removes; it lies in node_modules, where dependencies are found.
 */
export async function buildPackage(entry: string): Promise<string> {
  const outDir = await mkdtemp(fileURLToPath(new URL('../../node_modules/.built-', import.meta.url)));
  await build({
    config: false,
    silent: true,
    format: ['esm'],
    target: 'node20',
    outDir,
    entry: Object.fromEntries(
      ['image-worker', entry].map((name) => [
        basename(name),
        fileURLToPath(new URL(`../${name}.ts`, import.meta.url)),
      ]),
    ),
    noExternal: [/^@mint\//],
    esbuildOptions: (options) => {
      options.conditions = ['@mint/source'];
    },
  });
  return outDir;
}
