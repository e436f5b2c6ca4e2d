import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command without the postinstall of onnxruntime-node, which downloads CUDA. */
export const run = (command, args, cwd) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });

/** Packs every published package into `folder`, as `npm publish` would: manifest and tarball by name. Build first. */
export function packAll(folder) {
  const packages = new Map();
  for (const name of readdirSync(join(root, 'packages'))) {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    if (manifest.private) continue;
    const { filename } = JSON.parse(
      run('pnpm', ['pack', '--json', '--pack-destination', folder], join(root, 'packages', name)),
    );
    packages.set(manifest.name, { manifest, tarball: join(folder, filename.split('/').at(-1)) });
  }
  return packages;
}

/** Peers that must be installed beside a package, at the version that we test. */
export const peersOf = ({ peerDependencies = {}, peerDependenciesMeta = {} }) =>
  Object.keys(peerDependencies)
    .filter((peer) => !peerDependenciesMeta[peer]?.optional)
    .map((peer) => `${peer}@4.22.0`);
