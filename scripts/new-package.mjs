// A new package from `scripts/template`: node scripts/new-package.mjs <name> "<what it is, one sentence>"
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
  fail('node scripts/new-package.mjs <name in lower case> "<what it is, one sentence without a full stop>"');
if (existsSync(target)) fail(`${target}: is there already; choose another name.`);

cpSync(join(root, 'scripts/template'), target, { recursive: true });
// A package.json in the template would be taken for a package of the workspace by some tools.
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
console.log(`packages/${name}: now run \`npx pnpm --filter @mint/${name} test\``);
