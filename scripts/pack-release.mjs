// Packs every published package as it goes to npm, into a folder: `npm run pack:release -- <folder>`. npm compares the `repository` of
// a package with the repository that signs its provenance, so it is taken from where this runs (GITHUB_REPOSITORY, "owner/name")
// and not written down in fifteen files. Checks what is packed: the repository and folder, no scripts that run when it is installed,
// no file but those under `files`. Writes SHA256SUMS, and PACKAGES with a line `name@version tarball` each.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { packAll, run } from './packed.mjs';

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];

const target = resolve(process.argv[2] ?? '');
const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository } = process.env;
if (process.argv[2] === undefined || repository === undefined) {
  console.error('usage: GITHUB_REPOSITORY=<owner>/<name> node scripts/pack-release.mjs <folder>');
  process.exit(2);
}
const url = `git+${server}/${repository}.git`;

/** The same package with its repository. */
function withRepository(tarball, work, directory) {
  const folder = mkdtempSync(join(work, 'package-'));
  run('tar', ['-xzf', tarball, '-C', folder], work);
  const path = join(folder, 'package', 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.repository = { type: 'git', url, directory };
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  const [{ filename }] = JSON.parse(
    run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', target, join(folder, 'package')],
      work,
    ),
  );
  return join(target, basename(filename.replace('@', '').replace('/', '-')));
}

/** What is wrong with a tarball. */
function problemsOf(tarball, directory) {
  const manifest = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], target));
  const scripts = INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name] !== undefined);
  const files = run('tar', ['-tzf', tarball], target).trim().split('\n');
  const stray = files.filter(
    (file) => !/^package\/(package\.json|README\.md|CHANGELOG\.md|LICENSE[^/]*|(dist|src)\/.+)$/.test(file),
  );
  return [
    ...(manifest.repository?.url === url && manifest.repository.directory === directory
      ? []
      : ['its repository is not this one']),
    ...scripts.map((name) => `it runs a script when it is installed: ${name}`),
    ...stray.map((file) => `unexpected file ${file}`),
  ].map((problem) => `${manifest.name}: ${problem}`);
}

const work = mkdtempSync(join(tmpdir(), 'mint-pack-'));
try {
  mkdirSync(target, { recursive: true });
  const packed = [...packAll(work)].map(([name, { manifest, tarball, folder }]) => {
    const directory = `packages/${folder}`;
    return {
      name: `${name}@${manifest.version}`,
      tarball: withRepository(tarball, work, directory),
      directory,
    };
  });
  const problems = packed.flatMap(({ tarball, directory }) => problemsOf(tarball, directory));
  for (const problem of problems) console.error(problem);
  const lines = (line) => packed.map((one) => `${line(one)}\n`).join('');
  const hash = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
  writeFileSync(
    join(target, 'SHA256SUMS'),
    lines(({ tarball }) => `${hash(tarball)}  ${basename(tarball)}`),
  );
  writeFileSync(
    join(target, 'PACKAGES'),
    lines(({ name, tarball }) => `${name} ${basename(tarball)}`),
  );
  console.log(`${packed.length} packages of ${url} in ${target}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true });
}
