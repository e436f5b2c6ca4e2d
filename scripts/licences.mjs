// Holds the licences of everything the published packages bring with them against a list of those that go with Apache-2.0, and
// docs/licences.md against what is installed: `npm run check:licences`. With `--write` it writes that page anew.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './packed.mjs';

const page = join(root, 'docs/licences.md');

const COMPATIBLE = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'CC0-1.0']);
/** Under the LGPL, installed beside us as a library of its own and linked at run time, which that licence allows. */
const LINKED = '@img/sharp-libvips-*';

const listed = JSON.parse(
  run('pnpm', ['licenses', 'list', '--prod', '--json', '--filter', './packages/*'], root),
);
const dependencies = Object.values(listed)
  .flat()
  .map(({ name, versions, license }) => ({ name, versions, licence: license.replace(/^\((.*)\)$/, '$1') }))
  .filter(({ name }) => !name.startsWith('@mint/'))
  // sharp installs the build of its own system; the page names all of them once.
  .map((one) => ({ ...one, name: one.name.replace(/^(@img\/sharp-.*?)(linux|darwin|win32).*$/, '$1*') }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Every licence of an AND must be compatible, of an OR one. */
const compatible = (licence) =>
  licence.split(' OR ').some((either) => either.split(' AND ').every((each) => COMPATIBLE.has(each)));
const bad = dependencies.filter(({ name, licence }) => name !== LINKED && !compatible(licence));
for (const { name, licence } of bad)
  console.error(`${name}: ${licence} is not on the list of scripts/licences.mjs`);

const text = formatted(`# Licences

MINT is Apache-2.0. What its packages bring with them when all are installed, optional dependencies included; made from what is installed by \`npm run check:licences -- --write\`, held against it in CI. A licence that does not go with Apache-2.0 fails there.

sharp's builds contain libvips and the libraries below it under the LGPL: files of their own, linked at run time and replaceable. \`@mint/image\` contains libjpeg-turbo's decoder and \`@mint/data\` libdeflate's decompressor as WebAssembly, under the BSD-style and MIT licences that they ship with. Weights and data sets have licences of their own: MINT ships neither.

| package | version | licence |
| --- | --- | --- |
${dependencies.map(({ name, versions, licence }) => `| ${name} | ${versions.join(', ')} | ${licence} |`).join('\n')}
`);
if (process.argv.includes('--write')) writeFileSync(page, text);
const stale = readFileSync(page, 'utf8') !== text;
if (stale) console.error('docs/licences.md is not of what is installed: npm run check:licences -- --write');
console.log(`${dependencies.length} dependencies, ${bad.length} with a licence that is not compatible`);
process.exitCode = stale || bad.length > 0 ? 1 : 0;

function formatted(markdown) {
  const options = { cwd: root, encoding: 'utf8', input: markdown };
  return execFileSync('biome', ['format', '--stdin-file-path=docs/licences.md'], options);
}
