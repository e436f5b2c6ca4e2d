// Checks how the repository is arranged: which file may import which (.dependency-cruiser.mjs), and that no folder holds more than
// 15 source files. Limits for the lines of a file and of a function are rules of the linter (biome.json). `npm run check:structure`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { env, root } from './packed.mjs';

const FOLDERS = ['packages', 'examples', 'bench', 'docs', 'scripts'];
const SKIPPED = /^(\..*|node_modules|dist|runs|coverage|__fixtures__|api)$/;
const MOST_FILES = 15;

/** Folders that may hold more, each with the reason: `['packages/x/src/tables', 'one file per data set']`. */
const EXCEPTIONS = new Map([]);

/** Every folder below this one with its number of source files; tests do not count. */
function sizes(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const sources = entries.filter(
    (entry) => entry.isFile() && /(?<!\.(test|bench|config))\.(tsx?|mjs|vue)$/.test(entry.name),
  );
  const below = entries.filter((entry) => entry.isDirectory() && !SKIPPED.test(entry.name));
  return [
    { folder: relative(root, folder), files: sources.length },
    ...below.flatMap((entry) => sizes(join(folder, entry.name))),
  ];
}

const full = FOLDERS.flatMap((folder) => sizes(join(root, folder))).filter(
  ({ folder, files }) => files > MOST_FILES && !EXCEPTIONS.has(folder),
);
for (const { folder, files } of full)
  console.error(
    `${folder}: ${files} source files, at most ${MOST_FILES} are allowed. Group them in subfolders.`,
  );

const { status } = spawnSync('depcruise', [...FOLDERS, '--output-type', 'err-long'], {
  cwd: root,
  env,
  stdio: 'inherit',
});
process.exitCode = status === 0 && full.length === 0 ? 0 : 1;
