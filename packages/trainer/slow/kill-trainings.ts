/**
 * A hundred killed trainings on the onnx backend and thirty on cpu: part of `pnpm --filter @mint/trainer test:slow`. Ends
 * with exit code 1 when a run that was killed and resumed learned anything else than one that was not.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killTrainings } from '../src/__fixtures__/kill-trainings.js';

for (const [backend, kills] of [
  ['onnx', 100],
  ['cpu', 30],
] as const) {
  const folder = await mkdtemp(join(tmpdir(), 'mint-kill-'));
  try {
    const began = performance.now();
    const outcome = await killTrainings(folder, { backend, kills, seed: 0 });
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    const verdict = outcome.wrong.length === 0 ? 'ok    ' : 'FAILED';
    console.log(`${verdict} ${kills} kills on ${backend} in ${minutes} min ${JSON.stringify(outcome)}`);
    if (outcome.wrong.length > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}
