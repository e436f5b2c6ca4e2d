// Checks that every dependency of the published packages has a licence that is compatible with Apache-2.0, and that docs/licences.md
// lists what is installed: `npm run check:licences`. With `--write` it writes that page.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, root, run } from './packed.mjs';

const page = join(root, 'docs/licences.md');

const COMPATIBLE = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'CC0-1.0']);
/** Under the LGPL: a separate library that is linked at run time, which the licence allows. */
const LINKED = '@img/sharp-libvips-*';

const listed = JSON.parse(
  run('pnpm', ['licenses', 'list', '--prod', '--json', '--filter', './packages/*'], root),
);
const dependencies = Object.values(listed)
  .flat()
  .map(({ name, versions, license }) => ({ name, versions, licence: license.replace(/^\((.*)\)$/, '$1') }))
  .filter(({ name }) => !name.startsWith('@mint/'))
  // sharp installs the build for this system only; the page lists all of them as one line.
  .map((one) => ({ ...one, name: one.name.replace(/^(@img\/sharp-.*?)(linux|darwin|win32).*$/, '$1*') }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** All licences joined by AND must be compatible, and one of those joined by OR. */
const compatible = (licence) =>
  licence.split(' OR ').some((either) => either.split(' AND ').every((each) => COMPATIBLE.has(each)));
const bad = dependencies.filter(({ name, licence }) => name !== LINKED && !compatible(licence));
for (const { name, licence } of bad)
  console.error(`${name}: ${licence} is not on the list of compatible licences in scripts/licences.mjs`);

const text = formatted(`# Licences

MINT is licensed under Apache-2.0. This table lists every dependency of its packages, optional ones included. \`npm run check:licences -- --write\` makes it from what is installed. CI fails if it is out of date, or if a licence is not compatible with Apache-2.0.

sharp's builds contain libvips and its libraries under the LGPL, as separate files that are linked at run time and can be replaced. \`@mint/image\` contains libjpeg-turbo's decoder as WebAssembly. Its BSD-style licence is in the package. Weights and data sets have their own licences. MINT ships neither.

| package | version | licence |
| --- | --- | --- |
${dependencies.map(({ name, versions, licence }) => `| ${name} | ${versions.join(', ')} | ${licence} |`).join('\n')}
`);
if (process.argv.includes('--write')) writeFileSync(page, text);
const stale = readFileSync(page, 'utf8') !== text;
if (stale)
  console.error('docs/licences.md is out of date. Update it with: npm run check:licences -- --write');
console.log(`${dependencies.length} dependencies, ${bad.length} with an incompatible licence`);
process.exitCode = stale || bad.length > 0 ? 1 : 0;

function formatted(markdown) {
  const options = { cwd: root, env, encoding: 'utf8', input: markdown };
  return execFileSync('biome', ['format', '--stdin-file-path=docs/licences.md'], options);
}
