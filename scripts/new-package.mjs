// Makes a package from `scripts/template`: node scripts/new-package.mjs <name> "<one sentence that describes it>"
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [name = '', description = ''] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'packages', name);
const fail = (message) => {
  console.error(message);
  process.exit(2);
};
if (!/^[a-z][a-z0-9-]*$/.test(name) || description === '')
  fail(
    'Usage: node scripts/new-package.mjs <name in lower case> "<description, one sentence without a full stop>"',
  );
if (existsSync(target)) fail(`${target} exists. Choose another name.`);

cpSync(join(root, 'scripts/template'), target, { recursive: true });
// Some tools would treat a package.json in the template as a package of the workspace.
renameSync(join(target, 'package.template.json'), join(target, 'package.json'));
const fill = (folder) => {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) fill(path);
    else
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replaceAll('__NAME__', name).replaceAll('__DESCRIPTION__', description),
      );
  }
};
fill(target);
writeFileSync(
  join(root, `.changeset/first-${name}.md`),
  `---\n"@mint/${name}": minor\n---\n\n${description}.\n`,
);
for (const args of [
  ['pnpm', 'install', '--no-frozen-lockfile', '--prefer-offline', '--loglevel=warn'],
  ['biome', 'check', '--write', target],
]) {
  const { status } = spawnSync('npx', args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
console.log(
  `Made packages/${name}. Add it to ORDER in .dependency-cruiser.mjs, to typedoc.config.js and to .size-limit.json; test it with \`npx pnpm --filter @mint/${name} test\`.`,
);
