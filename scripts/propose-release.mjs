// In CI: raises versions, writes changelogs and pushes them to the branch `release`, with a pull request to main. Does nothing when
// there is no changeset. Needs git with a token that can push, and gh.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './packed.mjs';

const changesets = readdirSync(join(root, '.changeset')).filter(
  (name) => name.endsWith('.md') && name !== 'README.md',
);
if (changesets.length > 0) {
  const git = (...args) => run('git', args, root);
  run('changeset', ['version'], root);
  run('pnpm', ['install', '--lockfile-only', '--ignore-scripts'], root);
  const author = [
    '-c',
    'user.name=github-actions[bot]',
    '-c',
    'user.email=github-actions[bot]@users.noreply.github.com',
  ];
  git('switch', '--force-create', 'release');
  git('add', '--all');
  git(...author, 'commit', '--message', 'Versions and changelogs of the next release');
  git('push', '--force', 'origin', 'release');
  const open = JSON.parse(run('gh', ['pr', 'list', '--head', 'release', '--json', 'number'], root));
  if (open.length === 0) {
    const body = 'Merging this publishes the packages whose versions it raises.';
    run(
      'gh',
      ['pr', 'create', '--base', 'main', '--head', 'release', '--title', 'Next release', '--body', body],
      root,
    );
  }
}
console.log(`${changesets.length} changesets`);
