// Packs every published package, installs each into an empty project as a user would, imports it, and checks that it
// brings nothing of another room: sharp only with @mint/data, onnxruntime-node only with @mint/backend-onnx, and
// @mint/metrics nothing at all. Run `npm run build` first.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const work = mkdtempSync(join(tmpdir(), 'mint-install-'));
const run = (command, args, cwd) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });

const packages = new Map();
for (const folder of readdirSync(join(root, 'packages'))) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
  if (manifest.private) continue;
  const { filename } = JSON.parse(
    run('pnpm', ['pack', '--json', '--pack-destination', work], join(root, 'packages', folder)),
  );
  packages.set(manifest.name, { manifest, tarball: join(work, filename.split('/').at(-1)) });
}

/** A package's own @mint dependencies, all the way down. */
function rooms(name, found = new Set()) {
  found.add(name);
  for (const dependency of Object.keys(packages.get(name).manifest.dependencies ?? {})) {
    if (packages.has(dependency) && !found.has(dependency)) rooms(dependency, found);
  }
  return found;
}

let failed = 0;
for (const [name, { manifest }] of packages) {
  const project = mkdtempSync(join(work, 'project-'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const wanted = rooms(name);
  const tarballs = [...wanted].map((room) => packages.get(room).tarball);
  const needed = Object.keys(manifest.peerDependencies ?? {}).filter(
    (peer) => !manifest.peerDependenciesMeta?.[peer]?.optional,
  );
  const peers = needed.map((peer) => `${peer}@4.22.0`);
  const problems = [];
  try {
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs, ...peers], project);
    writeFileSync(
      join(project, 'use.js'),
      `import * as all from '${name}'; if (Object.keys(all).length === 0) throw new Error('no exports');`,
    );
    run('node', ['use.js'], project);
    for (const file of readdirSync(join(project, 'node_modules', name, 'dist'))) {
      if (!/\.d\.ts$|\.js$/.test(file)) continue;
      const text = readFileSync(join(project, 'node_modules', name, 'dist', file), 'utf8');
      if (/from '@mint\/(internal|test-utils)/.test(text)) problems.push(`${file} imports a private package`);
    }
    const has = (dependency) => existsSync(join(project, 'node_modules', dependency));
    if (has('sharp') !== wanted.has('@mint/data')) problems.push('sharp');
    if (has('onnxruntime-node') !== wanted.has('@mint/backend-onnx')) problems.push('onnxruntime-node');
    const folders = readdirSync(join(project, 'node_modules')).filter((entry) => !entry.startsWith('.'));
    if (name === '@mint/metrics' && folders.join() !== '@mint') problems.push(`dependencies: ${folders}`);
    const tfjs = join(project, 'node_modules/@tensorflow');
    if (needed.length === 0 && !manifest.dependencies?.['@tensorflow/tfjs-core'] && existsSync(tfjs))
      problems.push('tfjs');
  } catch (error) {
    problems.push(String(error.stderr || error.message).trim());
  }
  console.log(
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name} (with ${[...wanted].length - 1} other rooms) ${problems.join('; ')}`,
  );
  if (problems.length > 0) failed++;
  rmSync(project, { recursive: true });
}
rmSync(work, { recursive: true });
console.log(`${packages.size - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
