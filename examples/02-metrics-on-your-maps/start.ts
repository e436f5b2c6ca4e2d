// Evaluates anomaly maps that another tool wrote: a table of metrics with 95 % intervals.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { evaluateClasses, type ImageResult } from '@mint/metrics';
import { config } from './config.js';
import { type NpyArray, readNpz } from './npz.js';

const folder = process.argv[2] ?? 'maps';
const files = (await readdir(folder)).filter((name) => name.endsWith('.npz')).sort();
if (files.length === 0)
  throw new Error(`${folder}: contains no .npz file; write one per class, see write_maps.py.`);

// 1. The file of each class becomes one entry per image.
const images: ImageResult[] = [];
for (const file of files) {
  const path = join(folder, file);
  const { maps, masks, scores } = readNpz(await readFile(path), path);
  const [count = 0, height = 0, width = 0] = maps?.shape ?? [];
  if (
    maps === undefined ||
    masks === undefined ||
    `${masks.shape}` !== `${maps.shape}` ||
    maps.shape.length !== 3
  )
    throw new Error(`${path}: expected \`maps\` and \`masks\` of one shape [images, height, width].`);
  const pixels = height * width;
  for (let i = 0; i < count; i++) {
    const of = ({ data }: NpyArray) => data.subarray(i * pixels, (i + 1) * pixels);
    const map = of(maps);
    const mask = Uint8Array.from(of(masks), (value) => Number(value > 0));
    images.push({
      className: basename(file, '.npz'),
      score: scores?.data[i] ?? map.reduce((a, b) => Math.max(a, b)),
      anomalous: mask.includes(1),
      map,
      mask,
      size: { width, height },
    });
  }
}

// 2. All metrics for each class, their mean, and the metrics of all images pooled under one threshold.
const { perClass, classMean, pooled } = evaluateClasses(images, {
  intervals: { seed: config.seed, replicates: config.replicates },
});
const cell = (value: number | undefined, interval?: readonly [number, number]) => {
  if (value === undefined) return '–'.padEnd(22);
  const range = interval === undefined ? '' : ` (${interval.map((end) => end.toFixed(3)).join(' to ')})`;
  return `${value.toFixed(3)}${range}`.padEnd(22);
};
console.log(
  ['class'.padEnd(10), ...['image AUROC', 'pixel AUROC', 'AUPRO'].map((title) => title.padEnd(22))]
    .join('  ')
    .trimEnd(),
);
for (const [name, metrics] of [
  ...Object.entries(perClass),
  ['mean', classMean] as const,
  ['pooled', pooled] as const,
]) {
  const { intervals = {} } = metrics;
  const cells = (['imageAuroc', 'pixelAuroc', 'auPro'] as const).map((key) =>
    cell(metrics[key], intervals[key]),
  );
  console.log([name.padEnd(10), ...cells].join('  ').trimEnd());
}
