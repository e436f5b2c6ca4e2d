/**
 * Twenty thousand mutated model folders: `pnpm --filter @mint/detector test:slow [first seed]`. Ends with exit code 1 when
 * one of them did anything but load or be refused as corrupt, within 5 s and 4 MB beyond its files' size.
 */
import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { fuzzModel } from '../src/__fixtures__/fuzz-model.js';

await tf.setBackend('cpu');
const version1 = fileURLToPath(new URL('../src/__fixtures__/model-version-1', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'mint-fuzz-'));
const seed = Number(process.argv[2] ?? 0);
try {
  const began = performance.now();
  // What the first thousand take is the program itself: code, caches, the collector's slack.
  const first = await fuzzModel(version1, join(folder, 'model'), { count: 1000, seed });
  const rssBefore = process.resourceUsage().maxRSS;
  const rest = await fuzzModel(version1, join(folder, 'model'), { count: 19_000, seed: seed + 1000 });
  const outcomes = { ...rest.outcomes };
  for (const [code, count] of Object.entries(first.outcomes)) outcomes[code] = (outcomes[code] ?? 0) + count;
  const failures = [...first.failures, ...rest.failures];
  const slowestMs = Math.max(first.slowestMs, rest.slowestMs);
  const largestBytes = Math.max(first.largestBytes, rest.largestBytes);
  for (const failure of failures) console.log(`FAILED ${failure}`);
  console.log(
    JSON.stringify({
      outcomes,
      failures: failures.length,
      slowestMs: Math.round(slowestMs),
      largestBytes,
      peakRssMb: {
        after1000: Math.round(rssBefore / 1024),
        after20000: Math.round(process.resourceUsage().maxRSS / 1024),
      },
      seconds: Math.round((performance.now() - began) / 1000),
    }),
  );
  if (failures.length > 0 || slowestMs > 5000 || largestBytes > 4e6) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
