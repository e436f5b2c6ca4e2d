// Packs every published package, installs each into an empty project as a user would, and checks there that
// - `import` and `require` find it, and TypeScript its types, with `nodenext` and with `bundler`;
// - one TensorFlow.js is installed, and nothing of another room: sharp only with @mint/data, onnxruntime-node only with
//   @mint/backend-onnx, and with @mint/metrics nothing at all;
// - esbuild, Vite and webpack bundle what runs in a browser, without polyfills; a layer in the bundle is still registered, and the
//   detector has nothing of Node.js.
// Run `npm run build` first.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAll, peersOf, root, run } from './packed.mjs';

const work = mkdtempSync(join(tmpdir(), 'mint-install-'));
const packages = packAll(work);

/** A package's own @mint dependencies, all the way down. */
function rooms(name, found = new Set()) {
  found.add(name);
  for (const dependency of Object.keys(packages.get(name).manifest.dependencies ?? {})) {
    if (packages.has(dependency) && !found.has(dependency)) rooms(dependency, found);
  }
  return found;
}

/** Fails in a bundle that has lost the registration of a layer. */
const registered = (layer) => `
import { serialization } from '@tensorflow/tfjs-core';
const known = serialization.SerializationMap.getMap().classNameMap;
if (!('${layer}' in known)) throw new Error('${layer} is not registered');`;

/** What a page can import, and what must hold there of \`all\` its exports. */
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
/** Why a command failed, without the minified lines that Node quotes. */
const shortened = ({ stderr, stdout, message }) =>
  [message, stderr, stdout]
    .flatMap((text) => String(text ?? '').split('\n'))
    .filter((line) => line.trim() !== '')
    .map((line) => line.slice(0, 300))
    .slice(0, 20)
    .join('\n');
const tool = (name) => join(root, 'node_modules/.bin', name);

/** Every check is a function of the project's folder; it throws when it finds something. */
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
    for (const [module, moduleResolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ]) {
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2023',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: [],
      };
      write(project, 'tsconfig.json', JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      run(tool('tsc'), ['-p', '.'], project);
    }
  },
  'private packages': (project, name) => {
    for (const file of readdirSync(join(project, 'node_modules', name, 'dist'), { recursive: true })) {
      if (!/\.d\.ts$|\.js$/.test(file)) continue;
      const text = readFileSync(join(project, 'node_modules', name, 'dist', file), 'utf8');
      if (/['"]@mint\/(internal|test-utils)/.test(text)) throw new Error(`${file} imports a private package`);
    }
  },
  dependencies: (project, name, wanted, manifest) => {
    const has = (dependency) => existsSync(join(project, 'node_modules', dependency));
    if (has('sharp') !== wanted.has('@mint/data')) throw new Error('sharp');
    if (has('onnxruntime-node') !== wanted.has('@mint/backend-onnx')) throw new Error('onnxruntime-node');
    const folders = readdirSync(join(project, 'node_modules')).filter((entry) => !entry.startsWith('.'));
    if (name === '@mint/metrics' && folders.join() !== '@mint') throw new Error(`brings ${folders}`);
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
      tool('esbuild'),
      ['page.js', '--bundle', '--minify', '--format=esm', '--platform=browser', '--outfile=out/esbuild.mjs'],
      project,
    );
    write(
      project,
      'vite.config.js',
      `export default { build: { outDir: 'out/vite', lib: { entry: 'page.js', formats: ['es'], fileName: 'page' } } };`,
    );
    run(tool('vite'), ['build', '--logLevel', 'error'], project);
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
    // TensorFlow.js takes what has a document for a browser.
    write(project, 'browser.mjs', 'globalThis.window = globalThis; globalThis.document = {};');
    for (const file of ['out/esbuild.mjs', 'out/vite/page.js', 'out/webpack/page.mjs'])
      run('node', ['--import', './browser.mjs', file], project);
  },
};

let failed = 0;
for (const [name, { manifest }] of packages) {
  const project = mkdtempSync(join(work, 'project-'));
  write(project, 'package.json', JSON.stringify({ type: 'module', private: true }));
  const wanted = rooms(name);
  const tarballs = [...wanted].map((room) => packages.get(room).tarball);
  const peers = peersOf(manifest);
  const problems = [];
  try {
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs, ...peers], project);
    for (const [what, check] of Object.entries(CHECKS)) {
      try {
        check(project, name, wanted, manifest);
      } catch (error) {
        problems.push(`${what}: ${shortened(error)}`);
      }
    }
  } catch (error) {
    problems.push(`npm install: ${shortened(error)}`);
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
