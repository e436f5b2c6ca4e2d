// Writes a bill of materials as CycloneDX JSON: all published packages and everything that npm installs for them, with versions,
// licences and hashes. `npm run sbom [-- <file>]`, default sbom.cdx.json. It packs the packages and installs them into an empty project.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packAll, peersOf, run } from './packed.mjs';

const file = resolve(process.argv[2] ?? 'sbom.cdx.json');
const work = mkdtempSync(join(tmpdir(), 'mint-sbom-'));
try {
  writeFileSync(
    join(work, 'package.json'),
    JSON.stringify({ name: 'mint', version: '0.0.0', private: true }),
  );
  const packages = [...packAll(work).values()];
  const peers = new Set(packages.flatMap(({ manifest }) => peersOf(manifest)));
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline'];
  run('npm', [...install, ...packages.map(({ tarball }) => tarball), ...peers], work);
  const options = ['--omit', 'dev', '--output-reproducible', '--validate', '--output-file', file];
  run('cyclonedx-npm', options, work);
  console.log(file);
} finally {
  rmSync(work, { recursive: true });
}
