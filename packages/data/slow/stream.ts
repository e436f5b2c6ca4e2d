/**
 * Streams 100,000 image files (hard links to a few) and watches the memory: `pnpm --filter @mint/data test:slow`. Ends
 * with exit code 1 when the last third of the files needs more than the second by 30 MB, with and without threads: in the first,
 * the allocators of the threads still grow.
 */
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type * as data from '../src/index.js';
import { buildPackage } from '../src/testing/build-package.js';

const FILES = 100_000;
const DISTINCT = 20;
const ALLOWED = 30e6;

const folder = await mkdtemp(join(tmpdir(), 'mint-stream-'));
const built = await buildPackage('index');
const { batches }: typeof data = await import(join(built, 'index.js'));
try {
  const samples: data.Sample[] = [];
  for (let i = 0; i < FILES; i++) {
    const path = join(folder, String(i % 100), `${i}.png`);
    if (i < 100) await mkdir(join(folder, String(i)));
    if (i < DISTINCT) {
      const pixels = Uint8Array.from({ length: 64 * 48 * 3 }, (_, k) => (k * (i + 3)) % 251);
      const raw = { width: 64, height: 48, channels: 3 } as const;
      await writeFile(path, await sharp(pixels, { raw }).png().toBuffer());
    } else await link(join(folder, String(i % DISTINCT), `${i % DISTINCT}.png`), path);
    const id = `a/train/good/${i}`;
    samples.push({ id, className: 'a', classIndex: 0, split: 'train', label: 'normal', imagePath: path });
  }
  for (const workers of [0, 2]) {
    const preprocessing = { width: 32, height: 32, filter: 'bilinear' } as const;
    const peaks = [0, 0, 0];
    const began = performance.now();
    let count = 0;
    for await (const { images } of batches(samples, { batchSize: 32, preprocessing, workers, seed: 0 })) {
      count += images.length / (32 * 32 * 3);
      const third = Math.min(2, Math.floor((3 * count) / FILES));
      peaks[third] = Math.max(peaks[third] ?? 0, process.memoryUsage().rss);
    }
    const [, second = 0, last = 0] = peaks;
    const right = count === FILES && last < second + ALLOWED;
    if (!right) process.exitCode = 1;
    const megabytes = peaks.map((peak) => Math.round(peak / 1e6));
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(
      `${right ? 'ok    ' : 'FAILED'} ${count} files, ${workers} threads, ${seconds} s: peak ${megabytes.join(' MB, then ')} MB`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
  await rm(built, { recursive: true });
}
