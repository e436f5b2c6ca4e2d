// Checks the workflows: every action is pinned to a commit, with its version in a comment; a job that gets a token to publish or to
// push runs nothing of what pull requests or dependencies bring: it either checks out no code, or has no identity for npm.
// `npm run check:workflows`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packed.mjs';

const folder = join(root, '.github/workflows');
const problems = [];
for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), 'utf8');
  for (const [, action] of text.matchAll(/uses:\s*(.+)/g))
    if (!/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
      problems.push(`${file}: '${action}' is not pinned to a commit`);
  if (!/^permissions:/m.test(text)) problems.push(`${file}: has no permissions of its own, so it gets all`);
  if (/pull_request_target/.test(text))
    problems.push(`${file}: pull_request_target runs foreign code with our rights`);
  const jobs = text
    .slice(text.search(/^jobs:$/m))
    .split(/^ {2}(?=\w+:$)/m)
    .slice(1);
  for (const job of jobs) {
    const name = job.slice(0, job.indexOf(':'));
    const publishes = /id-token: write/.test(job);
    if (publishes && /actions\/checkout|npm (ci|install|test|run)|npx|pnpm/.test(job))
      problems.push(`${file}: the job ${name} can publish, so it must not run our code`);
    if (!publishes && /npm publish|changeset publish/.test(job))
      problems.push(`${file}: the job ${name} publishes without provenance`);
    if (
      /actions\/checkout/.test(job) &&
      !/persist-credentials: false/.test(job) &&
      !/contents: write/.test(job)
    )
      problems.push(`${file}: the job ${name} keeps a token that it does not need`);
  }
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
