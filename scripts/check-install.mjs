// Packs every published package, installs each into an empty project as a user would, and checks there that
// - `import` and `require` find it, and TypeScript finds its types (`npm run check:packages` checks more ways to resolve them);
// - exactly one TensorFlow.js is installed, sharp only with @mint/data, onnxruntime-node only with @mint/backend-onnx, and nothing
//   at all with @mint/metrics;
// - esbuild, Vite and webpack bundle the packages that run in a browser, without polyfills; layers stay registered in the bundle, and
//   the detector needs nothing from Node.js.
// `npm run check:install` builds and checks all packages; then `node scripts/check-install.mjs image data` checks only these two.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAll, peersOf, root, run } from './packed.mjs';

const work = mkdtempSync(join(tmpdir(), 'mint-install-'));
const packages = packAll(work);

/** A package and the @mint packages that it depends on, directly or not. */
function withDependencies(name, found = new Set()) {
  found.add(name);
  for (const dependency of Object.keys(packages.get(name).manifest.dependencies ?? {})) {
    if (packages.has(dependency) && !found.has(dependency)) withDependencies(dependency, found);
  }
  return found;
}

/** Code that throws in a bundle that lost the registration of a layer. */
const registered = (layer) => `
import { serialization } from '@tensorflow/tfjs-core';
const known = serialization.SerializationMap.getMap().classNameMap;
if (!('${layer}' in known)) throw new Error('${layer} is not registered');`;

/** The entries that run in a browser. `check` is code that throws if the exports, `all`, do not work there. */
const BROWSER = {
  '@mint/metrics': { entry: '@mint/metrics' },
  '@mint/losses': { entry: '@mint/losses' },
  '@mint/inr': { entry: '@mint/inr', check: registered('MintSirenDense') },
  '@mint/transformer': { entry: '@mint/transformer', check: registered('MintEncoderLayer') },
  '@mint/backbone': { entry: '@mint/backbone', check: registered('MintBackboneFeatures') },
  '@mint/report': { entry: '@mint/report' },
  '@mint/data': { entry: '@mint/data/pixels' },
  '@mint/image': {
    entry: '@mint/image',
    check: `
const { data } = all.resizeImage({ width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 200, 100, 50) }, 1, 1, 'bilinear');
if (data.join() !== '100,50,25') throw new Error('resized to ' + data);`,
  },
  '@mint/detector': {
    entry: '@mint/detector',
    check: `
const code = await all.MintDetector.load('model').catch((error) => error.code);
if (code !== 'UNAVAILABLE') throw new Error('model folders in a page: ' + code);`,
  },
};

const write = (folder, name, content) => writeFileSync(join(folder, name), content);
/** The first lines of a command's error, cut: Node.js quotes whole minified lines. */
const shortened = ({ stderr, stdout, message }) =>
  [message, stderr, stdout]
    .flatMap((text) => String(text ?? '').split('\n'))
    .filter((line) => line.trim() !== '')
    .map((line) => line.slice(0, 300))
    .slice(0, 20)
    .join('\n');

/** The checks. Each throws if it finds a problem in the project's folder. */
const CHECKS = {
  import: (project, name) => {
    write(
      project,
      'use.js',
      `import * as all from '${name}'; if (Object.keys(all).length === 0) throw new Error('no exports');`,
    );
    run('node', ['use.js'], project);
  },
  require: (project, name) => {
    write(
      project,
      'use.cjs',
      `if (Object.keys(require('${name}')).length === 0) throw new Error('no exports');`,
    );
    run('node', ['use.cjs'], project);
  },
  types: (project, name) => {
    write(
      project,
      'use.ts',
      `import * as all from '${name}';\nexport const names: string[] = Object.keys(all);\n`,
    );
    run('tsc', ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', 'use.ts'], project);
  },
  'private packages': (project, name) => {
    for (const file of readdirSync(join(project, 'node_modules', name, 'dist'), { recursive: true })) {
      if (!/\.d\.ts$|\.js$/.test(file)) continue;
      const text = readFileSync(join(project, 'node_modules', name, 'dist', file), 'utf8');
      if (/['"]@mint\/(internal|test-utils)/.test(text)) throw new Error(`${file} imports a private package`);
    }
  },
  dependencies: (project, name, installed, manifest) => {
    const has = (dependency) => existsSync(join(project, 'node_modules', dependency));
    for (const [dependency, owner] of [
      ['sharp', '@mint/data'],
      ['onnxruntime-node', '@mint/backend-onnx'],
    ])
      if (has(dependency) !== installed.has(owner))
        throw new Error(
          `${dependency} is ${has(dependency) ? 'installed without' : 'missing beside'} ${owner}`,
        );
    const folders = readdirSync(join(project, 'node_modules')).filter((entry) => !entry.startsWith('.'));
    if (name === '@mint/metrics' && folders.join() !== '@mint')
      throw new Error(`installed ${folders}, expected no dependencies`);
    const expected = peersOf(manifest).length > 0 || manifest.dependencies?.['@tensorflow/tfjs-core'] ? 1 : 0;
    const copies = readdirSync(join(project, 'node_modules'), { recursive: true }).filter((path) =>
      path.endsWith(join('@tensorflow', 'tfjs-core', 'package.json')),
    );
    if (copies.length !== expected)
      throw new Error(`${copies.length} copies of tfjs-core, expected ${expected}`);
  },
  bundlers: (project, name) => {
    if (!(name in BROWSER)) return;
    const { entry, check = '' } = BROWSER[name];
    write(
      project,
      'page.js',
      `import * as all from '${entry}';\n${check}\nif (Object.keys(all).length === 0) throw new Error('no exports');\n`,
    );
    run(
      'esbuild',
      ['page.js', '--bundle', '--minify', '--format=esm', '--platform=browser', '--outfile=out/esbuild.mjs'],
      project,
    );
    write(
      project,
      'vite.config.js',
      `export default { build: { outDir: 'out/vite', lib: { entry: 'page.js', formats: ['es'], fileName: 'page' } } };`,
    );
    run('vite', ['build', '--logLevel', 'error'], project);
    write(
      project,
      'webpack.config.cjs',
      `module.exports = { mode: 'production', entry: './page.js', target: 'web', performance: false, module: { parser: { javascript: { dynamicImportMode: 'eager' } } }, output: { path: __dirname + '/out/webpack', filename: 'page.mjs' } };`,
    );
    write(
      project,
      'pack.cjs',
      `require(${JSON.stringify(join(root, 'node_modules/webpack'))})(require('./webpack.config.cjs'), (error, stats) => { if (error || stats.hasErrors()) { console.error(error ?? stats.toString('errors-only')); process.exit(1); } });`,
    );
    run('node', ['pack.cjs'], project);
    // TensorFlow.js believes that it runs in a browser if there is a document.
    write(project, 'browser.mjs', 'globalThis.window = globalThis; globalThis.document = {};');
    for (const file of ['out/esbuild.mjs', 'out/vite/page.js', 'out/webpack/page.mjs'])
      run('node', ['--import', './browser.mjs', file], project);
  },
};

const wanted = process.argv.slice(2).map((name) => `@mint/${name}`);
const chosen = [...packages].filter(([name]) => wanted.length === 0 || wanted.includes(name));
let failed = 0;
for (const [name, { manifest }] of chosen) {
  const project = mkdtempSync(join(work, 'project-'));
  write(project, 'package.json', JSON.stringify({ type: 'module', private: true }));
  const installed = withDependencies(name);
  const tarballs = [...installed].map((each) => packages.get(each).tarball);
  const peers = peersOf(manifest);
  const problems = [];
  try {
    run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...tarballs, ...peers],
      project,
    );
    for (const [what, check] of Object.entries(CHECKS)) {
      try {
        check(project, name, installed, manifest);
      } catch (error) {
        problems.push(`${what}: ${shortened(error)}`);
      }
    }
  } catch (error) {
    problems.push(`npm install: ${shortened(error)}`);
  }
  console.log(
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name} (with ${installed.size - 1} more packages) ${problems.join('; ')}`,
  );
  if (problems.length > 0) failed++;
  rmSync(project, { recursive: true });
}
rmSync(work, { recursive: true });
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
