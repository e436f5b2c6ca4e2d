import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** For commands: finds the tools of this repository, and keeps onnxruntime-node from downloading CUDA when it is installed. */
export const env = {
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  ONNXRUNTIME_NODE_INSTALL: 'skip',
};

/** Runs a command and returns its output. */
export const run = (command, args, cwd) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });

/** Packs every published package into `folder` as `npm publish` would, and returns manifest, folder and tarball by name. Build first. */
export function packAll(folder) {
  const packages = new Map();
  for (const name of readdirSync(join(root, 'packages'))) {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    if (manifest.private) continue;
    const { filename } = JSON.parse(
      run('pnpm', ['pack', '--json', '--pack-destination', folder], join(root, 'packages', name)),
    );
    packages.set(manifest.name, {
      manifest,
      folder: name,
      tarball: join(folder, filename.split('/').at(-1)),
    });
  }
  return packages;
}

/** The peer dependencies that a package requires, with the version that we test. */
export const peersOf = ({ peerDependencies = {}, peerDependenciesMeta = {} }) =>
  Object.keys(peerDependencies)
    .filter((peer) => !peerDependenciesMeta[peer]?.optional)
    .map((peer) => `${peer}@4.22.0`);
