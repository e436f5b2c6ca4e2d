/**
 * Images per second from files to uint8 batches of 224 px, 2 worker threads, against torchvision + Pillow's DataLoader with 2 workers on the
 * same files in the same run: `pnpm --filter @mint/data bench [repeats]`. Three cases: 2,000 JPEG files of 1024 x 1024 (procedural,
 * quality 90, 4:2:0) in full, both in draft (`jpegDraft`, Pillow's `draft`), and PNG files of a real camera at their own size where
 * the test bed is. Prints one line of JSON per case; `pillow` and `ratio` (the same work) and `ratioToFull` (our draft against their
 * full decoding) are null without python3 (Debian: python3-torch python3-torchvision).
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
import { renderImage } from '../src/procedural/render.js';
import { buildPackage } from '../src/testing/build-package.js';

const FILES = 2000;
const SIDE = 1024;
const SIZE = 224;
/** Rendered images; the rest are shifted copies of them. */
const RENDERED = 40;
const repeats = Number(process.argv[2] ?? 3);

const folder = await mkdtemp(join(tmpdir(), 'mint-loader-'));
const built = await buildPackage('index');
const { batches }: typeof data = await import(join(built, 'index.js'));
try {
  await measure('jpeg 1024x1024', await makeJpegs(join(folder, 'jpeg')), [false, true]);
  if (testBed === undefined) console.log('skipped: no test bed');
  else {
    const root = testBedPath('data', 'mvtec-layout-samples', 'tire');
    const names = (await readdir(root, { recursive: true })).filter((name) =>
      /(train|test).*\.png$/.test(name),
    );
    const paths = Array.from({ length: FILES }, (_, i) => join(root, names[i % names.length] ?? ''));
    await measure('png, native size', paths, [false]);
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
    const { image } = renderImage({ recipe, seed: i, size: SIDE });
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

/** Images a second, and milliseconds of processor time an image, which other processes disturb less. */
type Speed = readonly [rate: number, cpu: number];

async function measure(name: string, paths: readonly string[], drafts: readonly boolean[]): Promise<void> {
  const list = join(folder, 'list.txt');
  await writeFile(list, paths.join('\n'));
  const runs = drafts.map((draft) => ({ draft, ours: [] as Speed[], pillow: [] as Speed[] }));
  for (let i = 0; i < repeats; i++) {
    for (const { draft, ours, pillow } of runs) {
      ours.push(await load(paths, draft));
      pillow.push(loadWithPillow(list, draft));
    }
  }
  const full = medians(runs[0]?.pillow ?? []);
  for (const { draft, ours, pillow } of runs) {
    const [mine, theirs] = [medians(ours), medians(pillow)];
    console.log(
      JSON.stringify({
        name: draft ? `${name}, draft` : name,
        files: paths.length,
        imagesPerSecond: mine.rate,
        pillow: theirs.rate,
        ratio: round(mine.rate / theirs.rate),
        cpuMs: mine.cpu,
        pillowCpuMs: theirs.cpu,
        ...(draft ? { ratioToFull: round(mine.rate / full.rate) } : {}),
        cores: availableParallelism(),
      }),
    );
  }
}

function medians(speeds: readonly Speed[]) {
  return {
    rate: round(median(speeds.map(([rate]) => rate))),
    cpu: round(median(speeds.map(([, cpu]) => cpu))),
  };
}

async function load(paths: readonly string[], jpegDraft: boolean): Promise<Speed> {
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
  const preprocessing = { width: SIZE, height: SIZE, filter: 'bilinear', jpegDraft } as const;
  const began = performance.now();
  const worked = process.cpuUsage();
  let count = 0;
  for await (const { images } of batches(samples, {
    batchSize: 32,
    preprocessing,
    workers: 2,
    concurrency: 6,
  }))
    count += images.length / (3 * SIZE * SIZE);
  const { user, system } = process.cpuUsage(worked);
  return [count / ((performance.now() - began) / 1000), (user + system) / 1000 / count];
}

function loadWithPillow(list: string, draft: boolean): Speed {
  const script = fileURLToPath(new URL('./loader.py', import.meta.url));
  try {
    const args = ['python3', script, list, String(SIZE), '2', ...(draft ? ['draft'] : [])];
    const out = execFileSync('/usr/bin/env', args, { stdio: 'pipe' });
    const [rate = Number.NaN, cpu = Number.NaN] = String(out).split(' ').map(Number);
    return [rate, cpu];
  } catch {
    return [Number.NaN, Number.NaN];
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** NaN becomes null in JSON. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
