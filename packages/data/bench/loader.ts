/**
 * Pictures a second from files to uint8 batches of 224 px, 2 worker threads, against torchvision + Pillow's DataLoader with 2 workers on the
 * same files in the same run: `pnpm --filter @mint/data bench [repeats]`. Two cases: 2,000 JPEG files of 1024 x 1024 (procedural,
 * quality 90, 4:2:0), and PNG files of a real camera at their own size where the test bed is. Prints a line of JSON each;
 * `pillow` and `ratio` are null without python3 (Debian: python3-torch python3-torchvision).
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testBed, testBedPath } from '@mint/test-utils';
import sharp from 'sharp';
import type * as data from '../src/index.js';
import { RECIPES } from '../src/procedural/dataset.js';
import { renderPicture } from '../src/procedural/render.js';
import { buildPackage } from '../src/testing/build-package.js';

const FILES = 2000;
const SIDE = 1024;
const SIZE = 224;
/** Pictures rendered; the others are these, shifted round. */
const RENDERED = 40;
const repeats = Number(process.argv[2] ?? 3);

const folder = await mkdtemp(join(tmpdir(), 'mint-loader-'));
const built = await buildPackage('index');
const { batches }: typeof data = await import(join(built, 'index.js'));
try {
  await measure('jpeg 1024x1024', await makeJpegs(join(folder, 'jpeg')));
  if (testBed === undefined) console.log('skipped: no test bed');
  else {
    const root = testBedPath('data', 'mvtec-layout-samples', 'tire');
    const names = (await readdir(root, { recursive: true })).filter((name) =>
      /(train|test).*\.png$/.test(name),
    );
    const paths = Array.from({ length: FILES }, (_, i) => join(root, names[i % names.length] ?? ''));
    await measure('png, native size', paths);
  }
} finally {
  await rm(folder, { recursive: true });
  await rm(built, { recursive: true });
}

async function makeJpegs(target: string): Promise<string[]> {
  await mkdir(target);
  const recipes = Object.values(RECIPES);
  const paths: string[] = [];
  for (let i = 0; i < RENDERED; i++) {
    const recipe = recipes[i % recipes.length];
    if (recipe === undefined) continue;
    const { image } = renderPicture({ recipe, seed: i, size: SIDE });
    for (let j = 0; j < FILES / RENDERED; j++) {
      const shift = (j * 3 * SIDE * 17) % image.data.length;
      const data = Buffer.concat([image.data.subarray(shift), image.data.subarray(0, shift)]);
      const path = join(target, `${i}-${j}.jpg`);
      const raw = { width: SIDE, height: SIDE, channels: 3 } as const;
      await writeFile(path, await sharp(data, { raw }).jpeg({ quality: 90 }).toBuffer());
      paths.push(path);
    }
  }
  return paths;
}

async function measure(name: string, paths: readonly string[]): Promise<void> {
  const list = join(folder, 'list.txt');
  await writeFile(list, paths.join('\n'));
  const ours: number[] = [];
  const pillow: number[] = [];
  for (let i = 0; i < repeats; i++) {
    ours.push(await load(paths));
    pillow.push(loadWithPillow(list));
  }
  const [mine, theirs] = [median(ours), median(pillow)];
  console.log(
    JSON.stringify({
      name,
      files: paths.length,
      picturesPerSecond: round(mine),
      pillow: round(theirs),
      ratio: round(mine / theirs),
      cores: availableParallelism(),
    }),
  );
}

async function load(paths: readonly string[]): Promise<number> {
  const samples = paths.map((imagePath, i): data.Sample => {
    return {
      id: `a/train/good/${i}`,
      className: 'a',
      classIndex: 0,
      split: 'train',
      label: 'normal',
      imagePath,
    };
  });
  const preprocessing = { width: SIZE, height: SIZE, filter: 'bilinear' } as const;
  const began = performance.now();
  let count = 0;
  for await (const { images } of batches(samples, {
    batchSize: 32,
    preprocessing,
    workers: 2,
    concurrency: 6,
  }))
    count += images.length / (3 * SIZE * SIZE);
  return count / ((performance.now() - began) / 1000);
}

function loadWithPillow(list: string): number {
  const script = fileURLToPath(new URL('./loader.py', import.meta.url));
  try {
    const out = execFileSync('/usr/bin/env', ['python3', script, list, String(SIZE), '2'], { stdio: 'pipe' });
    return Number.parseFloat(String(out));
  } catch {
    return Number.NaN;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** NaN becomes null in JSON. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
