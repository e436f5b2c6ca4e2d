// Installs the workspace with a pinned pnpm if it is not installed yet, so that `npm test` and `npm run quickstart` need only Node.js
// and npm.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// pnpm keeps a copy of the lock file that it installed from. If both are equal, there is nothing to do.
const installed = read(join(root, 'node_modules/.pnpm/lock.yaml'));
if (installed === undefined || installed !== read(join(root, 'pnpm-lock.yaml'))) {
  console.log(`Installing dependencies with ${packageManager} …`);
  const { status, error } = spawnSync(
    'npx',
    [
      '--yes',
      packageManager,
      'install',
      '--frozen-lockfile',
      '--reporter=append-only',
      '--loglevel=error',
      ...process.argv.slice(2), // such as --ignore-scripts
    ],
    {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    },
  );
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
