/**
 * How time and memory grow, with a small model of statistics on the scattering backbone, so that it ends in minutes:
 *
 *     pnpm --filter bench growth [classes | side | images]      then      pnpm --filter bench growth-plots
 *
 * `classes`: 1 to 200 classes of 12 synthetic images; `side`: one image of 256 to 4,096 pixels a side, in tiles; `images`: 100
 * to 100,000 images whose features are in the cache, learned and scored. Writes `results.jsonl`, in place of older lines of the
 * same part. Times are processor times.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Dataset, Random, type Sample } from '@mint/data';
import { type DetectorConfig, MintDetector, PAPER_CONFIG, predictImage } from '@mint/detector';
import { featureCacheOf, PRESETS, train, trainDetector } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';
import { median } from '../workloads.js';

/** One measured point: `x` of the part, and what was measured there. */
export interface Point {
  readonly part: string;
  readonly x: number;
  readonly [measured: string]: number | string;
}

const FILE = join(dirname(fileURLToPath(import.meta.url)), 'results.jsonl');
const SIDE = 64;
const IMAGES_A_CLASS = 12;
const REPEAT = 15;
const SEED = 0;

const { train: settings, network, featureScaling } = PRESETS.quick;

const configOf = (classes: readonly string[], input: Partial<DetectorConfig['input']>): DetectorConfig => ({
  ...PAPER_CONFIG,
  model: 'gaussian',
  network,
  featureScaling,
  map: 'whitened-by-class-and-place',
  classes,
  backbone: { kind: 'scattering' },
  input: { ...PAPER_CONFIG.input, ...input },
  ...(input.width === SIDE && { grid: [8, 8] as const }),
});
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `class-${i}`);

function noise(side: number, random: Random, middle: number): Uint8Array {
  return Uint8Array.from({ length: side * side * 3 }, () => middle + Math.floor(80 * random.uniform()));
}

/** Images of noise, each class with a brightness of its own. */
function noiseDataset(classes: readonly string[]): Dataset {
  const samples = classes.flatMap((className, classIndex) =>
    Array.from({ length: IMAGES_A_CLASS }, (_, i): Sample => {
      const random = new Random(classIndex * 1000 + i);
      const data = noise(SIDE, random, Math.round((170 * classIndex) / classes.length));
      return {
        id: `${className}/${i}`,
        className,
        classIndex,
        split: 'train',
        label: 'normal',
        render: () => ({ image: { width: SIDE, height: SIDE, data } }),
      };
    }),
  );
  return { name: 'noise', classes, samples, warnings: [] };
}

/** Processor time of all threads: what else runs on the machine hardly changes it. */
async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  let result: T | undefined;
  const ms = await milliseconds(async () => {
    result = await work();
  });
  return { result: result as T, ms };
}

async function medianOf(work: () => Promise<unknown>, repeat = REPEAT): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < repeat + 2; i++) times.push(await milliseconds(work));
  return median(times.slice(2));
}

async function predictMs(detector: MintDetector): Promise<number> {
  const { width, height } = detector.config.input;
  const image = { width, height, data: noise(width, new Random(SEED), 40) };
  return medianOf(() => predictImage(detector, image));
}

async function ofClasses(count: number, folder: string): Promise<Point> {
  const classes = names(count);
  const before = tf.memory().numBytes;
  const job = {
    dataset: noiseDataset(classes),
    detector: configOf(classes, { width: SIDE, height: SIDE }),
    train: { ...settings, epochs: 1, holdout: 0.25, seed: SEED },
    cache: join(folder, 'cache'),
  };
  const { result, ms: training } = await timed(() => trainDetector(job));
  const { detector } = result;
  const megabytes = (tf.memory().numBytes - before) / 1e6;
  const ms = await predictMs(detector);
  detector.dispose();
  return {
    part: 'classes',
    x: count,
    'training, s': training / 1e3,
    'tensors, MB': megabytes,
    'predict, ms': ms,
  };
}

async function ofSide(side: number): Promise<Point> {
  const detector = MintDetector.create(configOf(['a'], { tiles: 'auto' }));
  const image = { width: side, height: side, data: noise(side, new Random(SEED), 40) };
  const ms = await medianOf(() => predictImage(detector, image), side > 2000 ? 3 : 7);
  detector.dispose();
  return { part: 'side', x: side, 'predict, ms': ms };
}

/** Features that are drawn once and used again and again: what is read is as much as with as many images. */
const DISTINCT = 1000;

async function ofImages(count: number, folder: string): Promise<Point> {
  const blank = MintDetector.create(configOf(['a'], { width: SIDE, height: SIDE }));
  const [rows, cols] = blank.config.grid;
  const size = rows * cols * blank.channels;
  const cache = featureCacheOf(folder, blank);
  const random = new Random(SEED);
  const keys = Array.from({ length: Math.min(count, DISTINCT) }, (_, i) => `${i}`.padStart(64, '0'));
  for (const key of keys) {
    const drawn = Float32Array.from({ length: size }, () => random.uniform());
    await cache.write(key, drawn, [rows, cols, blank.channels]);
  }
  const samples = Array.from({ length: count }, (_, i) => {
    const key = keys[i % keys.length] as string;
    const sample: Sample = { id: `${i}`, className: 'a', classIndex: 0, split: 'train', label: 'normal' };
    return { sample, contentHash: key, key };
  });
  const config = { ...settings, epochs: 1, seed: SEED };
  const { result, ms: training } = await timed(() => train(blank, { cache, samples, config }));
  const { detector } = result;
  const scoring = await milliseconds(async () => {
    for (let at = 0; at < count; at += 50) {
      const { features } = await cache.read(samples.slice(at, at + 50).map(({ key }) => key));
      const batch = tf.tensor4d(features, [features.length / size, rows, cols, blank.channels]);
      await detector.predictFeatures(batch);
      batch.dispose();
    }
  });
  detector.dispose();
  blank.dispose();
  return { part: 'images', x: count, 'training, s': training / 1e3, 'scoring, s': scoring / 1e3 };
}

const PARTS: Readonly<
  Record<string, { xs: number[]; measure: (x: number, folder: string) => Promise<Point> }>
> = {
  classes: { xs: [1, 2, 5, 10, 20, 50, 100, 200], measure: ofClasses },
  side: { xs: [256, 512, 1024, 2048, 4096], measure: ofSide },
  images: { xs: [100, 1000, 10_000, 100_000], measure: ofImages },
};

await tf.setBackend('onnx');
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);
for (const part of wanted) {
  const found = PARTS[part];
  if (found === undefined)
    throw new Error(`growth: expected ${Object.keys(PARTS).join(', ')}, got '${part}'`);
  const before = (await readFile(FILE, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const lines = before.filter((line) => JSON.parse(line).part !== part);
  for (const [i, x] of [found.xs[0] ?? 1, ...found.xs].entries()) {
    const folder = await mkdtemp(join(tmpdir(), 'mint-growth-'));
    const point = await found.measure(x, folder).finally(() => rm(folder, { recursive: true }));
    if (i === 0) continue; // it compiled
    lines.push(JSON.stringify(point));
    console.log(JSON.stringify(point));
    // After each, so that a long part can be ended early.
    await writeFile(FILE, lines.map((line) => `${line}\n`).join(''));
  }
}
