// Rehearses a release: raises versions and writes changelogs in a clone of the last commit, and checks that every changeset was used
// and every raised version has a changelog. `npm run check:release`.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './packed.mjs';

const clone = mkdtempSync(join(tmpdir(), 'mint-release-'));
const manifestOf = (folder, name) =>
  JSON.parse(readFileSync(join(folder, 'packages', name, 'package.json'), 'utf8'));
try {
  run('git', ['clone', '--quiet', root, clone]);
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  run('changeset', ['version'], clone);
  const problems = readdirSync(join(root, '.changeset'))
    .filter(
      (file) => file.endsWith('.md') && file !== 'README.md' && existsSync(join(clone, '.changeset', file)),
    )
    .map((file) => `.changeset/${file} was not used`);
  for (const name of readdirSync(join(root, 'packages'))) {
    const [before, after] = [manifestOf(root, name), manifestOf(clone, name)];
    if (before.private) continue;
    const changelog = join(clone, 'packages', name, 'CHANGELOG.md');
    const written =
      existsSync(changelog) && readFileSync(changelog, 'utf8').includes(`## ${after.version}\n`);
    if (after.version !== before.version && !written)
      problems.push(`${before.name}: has no changelog for ${after.version}`);
    console.log(`${before.name} ${before.version} → ${after.version}`);
  }
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(clone, { recursive: true });
}
