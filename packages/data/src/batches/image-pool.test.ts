import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batches, type Sample } from '../index.js';
import { buildPackage } from '../testing/build-package.js';

let folder = '';
const paths: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-pool-'));
  for (let i = 0; i < 11; i++) {
    const path = join(folder, `${i}.png`);
    // One has the right size already: its pixels are not resized.
    const [width, height] = i === 4 ? [17, 13] : [20 + i, 31];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, k) => (k * (i + 7)) % 256);
    await writeFile(
      path,
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    );
    paths.push(path);
  }
  await writeFile(join(folder, 'broken.png'), 'no image');
  paths.splice(5, 0, join(folder, 'broken.png'));
  // Threads decode plain JPEG files themselves, the main thread has libvips do it.
  const data = Uint8Array.from({ length: 77 * 53 * 3 }, (_, k) => (k * k * 7 + (k >> 5)) % 256);
  const jpeg = await sharp(data, { raw: { width: 77, height: 53, channels: 3 } })
    .jpeg({ quality: 70 })
    .toBuffer();
  await writeFile(join(folder, 'whole.jpg'), jpeg);
  await writeFile(join(folder, 'cut.jpg'), jpeg.subarray(0, jpeg.length / 2));
  paths.push(join(folder, 'whole.jpg'), join(folder, 'cut.jpg'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('threads give the batches, errors and order of the calling thread, and end by themselves', async () => {
  const built = await buildPackage('testing/load-on-threads');
  try {
    const run = async (threads: number) => {
      const args = [join(built, 'load-on-threads.js'), String(threads), ...paths];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 300_000 });
      const lines = stdout.trim().split('\n');
      return {
        batches: lines.filter((line) => !/^(left out|threads)/.test(line)),
        // libvips keeps its reason in one buffer for all threads: which of its words for the same damage comes out is chance.
        leftOut: new Set(
          lines
            .filter((line) => line.startsWith('left out'))
            .map((line) => line.replace(/(truncated or damaged) \(.+\)\.$/, '$1')),
        ),
        threads: lines.find((line) => line.startsWith('threads')),
      };
    };
    const alone = await run(0);
    expect(alone.batches).toHaveLength(5);
    expect([...alone.leftOut]).toEqual([
      expect.stringContaining('broken.png: expected a PNG'),
      expect.stringContaining('cut.jpg: the image is truncated or damaged'),
    ]);
    expect(await run(2)).toEqual({ ...alone, threads: 'threads 2' });
  } finally {
    await rm(built, { recursive: true });
  }
});

test('where threads cannot start, the calling thread does the work', async () => {
  // Vitest transforms TypeScript for itself only: a worker thread cannot read it.
  const samples = paths.slice(0, 4).map((imagePath, i): Sample => {
    return { id: `${i}`, className: 'a', classIndex: 0, split: 'train', label: 'normal', imagePath };
  });
  const options = { batchSize: 4, preprocessing: { width: 9, height: 5, filter: 'bilinear' } } as const;
  for await (const { images } of batches(samples, options))
    for await (const threaded of batches(samples, { ...options, workers: 2 }))
      expect(threaded.images).toEqual(images);
  expect.assertions(1);
});
