/**
 * How fast features come back from the page cache, read as training reads them: shuffled batches of 8 images of
 * 14 x 14 x 272 numbers: `pnpm --filter @mint/trainer bench`. Prints bytes of float32 features a second, and processor time an image (which other processes
 * disturb less), medians of 5 passes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@mint/internal';
import { imageHash } from '../src/__fixtures__/made-features.js';
import { readFeatures } from '../src/features/cached-features.js';
import { FeatureCache } from '../src/features/feature-cache.js';

const SHAPE = [14, 14, 272];
const SIZE = SHAPE.reduce((product, d) => product * d, 1);
const IMAGES = 2000;
const BATCH = 8;

const random = new Random(0);
const pool = Float32Array.from({ length: SIZE + IMAGES }, () => 4 * random.uniform() - 2);
const samples = Array.from({ length: IMAGES }, (_, i) => ({
  contentHash: imageHash(i),
  key: imageHash(i),
  sample: { id: `${i}`, className: 'a', classIndex: 0, split: 'train', label: 'normal' } as const,
}));
for (const dtype of ['f32', 'f16'] as const) {
  const folder = await mkdtemp(join(tmpdir(), 'mint-cache-bench-'));
  try {
    const writing = new FeatureCache(folder, 'bench', { dtype });
    let began = performance.now();
    for (const [i, { contentHash }] of samples.entries())
      await writing.write(contentHash, pool.subarray(i, i + SIZE), SHAPE);
    await writing.flush();
    const written = performance.now() - began;

    began = performance.now();
    const cache = new FeatureCache(folder, 'bench', { dtype });
    await cache.read([imageHash(0)]);
    const opened = performance.now() - began;
    const passes: number[] = [];
    const cpu: number[] = [];
    for (let pass = 0; pass < 6; pass++) {
      const order = random.shuffle([...samples]);
      began = performance.now();
      const worked = process.cpuUsage();
      for (let at = 0; at < IMAGES; at += BATCH) await readFeatures(cache, order.slice(at, at + BATCH));
      const { user, system } = process.cpuUsage(worked);
      if (pass === 0) continue;
      passes.push(performance.now() - began);
      cpu.push((user + system) / IMAGES);
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[2] ?? Number.NaN;
    const rate = (ms: number) => `${((IMAGES * SIZE * 4) / ms / 1e6).toFixed(2)} GB/s`;
    const each = `${median(cpu).toFixed(0)} µs of processor time an image`;
    console.log(
      `${dtype}: read ${rate(median(passes))} (${each}), write ${rate(written)}, opened in ${opened.toFixed(1)} ms`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
