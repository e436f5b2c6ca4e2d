/**
 * Two hundred kills of processes that write models: `pnpm --filter @mint/detector test:slow`. Ends with exit code 1 when a folder
 * did not load, or lost a model that was said to be written.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killWriters } from '../src/__fixtures__/kill-writers.js';

const [kills, seed] = [200, 0];
const folder = await mkdtemp(join(tmpdir(), 'mint-kill-'));
try {
  const began = performance.now();
  const { wrong, versions } = await killWriters(join(folder, 'model'), kills, seed);
  for (const line of wrong) console.log(`FAILED ${line}`);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ kills, seed, versions, wrong: wrong.length, seconds }));
  if (wrong.length > 0 || versions < kills) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
