/**
 * What statistics by place lose where objects lie differently in each image: the procedural set, shifted and turned about the centre
 * by seeded amounts, training and test images alike. Scattering, 64 px; mean image AUROC of the four classes, mean and range of the
 * seeds.
 *
 *     pnpm --filter bench moving ['{"images": 40, "seeds": 3, "network": true}']
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { augment, type Dataset, proceduralDataset, type Sample } from '@mint/data';
import { type DetectorConfig, PAPER_CONFIG } from '@mint/detector';
import { evaluate, PRESETS, type TrainConfig, trainDetector } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';

/** Largest shift in each direction as a share of the side, and largest turn in degrees. */
const MOVES = [
  { shift: 0, turn: 0 },
  { shift: 0.05, turn: 0 },
  { shift: 0.1, turn: 0 },
  { shift: 0, turn: 15 },
  { shift: 0, turn: 45 },
  { shift: 0.1, turn: 45 },
] as const;
type Move = (typeof MOVES)[number];

interface Variant extends Pick<DetectorConfig, 'model'> {
  readonly name: string;
  readonly map?: DetectorConfig['map'];
  readonly augment?: TrainConfig['augment'];
}
const VARIANTS: readonly Variant[] = [
  { name: 'gaussian', model: 'gaussian' },
  { name: 'gaussian, covariances by class alone', model: 'gaussian', map: 'whitened-by-class' },
  { name: 'gaussian, turned variants', model: 'gaussian', augment: { rotate: 15, copies: 2 } },
  { name: 'memory', model: 'memory' },
];
const NETWORK: Variant = { name: 'mint-ad, 24 epochs', model: 'mint-ad' };

const SIDE = 64;
interface Options {
  readonly images?: number;
  readonly seeds?: number;
  readonly network?: boolean;
}
const { images = 40, seeds = 3, network = false }: Options = JSON.parse(process.argv[2] ?? '{}');
await tf.setBackend('onnx');
for (const variant of [...VARIANTS, ...(network ? [NETWORK] : [])]) {
  for (const move of MOVES) {
    const results = [];
    for (let seed = 0; seed < seeds; seed++) results.push(await aurocOf(variant, moved(seed, move), seed));
    const mean = results.reduce((sum, v) => sum + v, 0) / results.length;
    const range = `${Math.min(...results).toFixed(3)} to ${Math.max(...results).toFixed(3)}`;
    console.log(
      `${variant.name}: shift ${100 * move.shift} %, turn ${move.turn}°: ${mean.toFixed(3)} (${range})`,
    );
  }
}

/** The procedural set with every image moved by its own seeded amounts. */
function moved(seed: number, move: Move): Dataset {
  const dataset = proceduralDataset({ seed, trainPerClass: images, size: SIDE });
  const samples = dataset.samples.map((sample, i) => movedSample(sample, move, seed * 1e6 + i));
  return { ...dataset, samples };
}

function movedSample(sample: Sample, { shift, turn }: Move, seed: number): Sample {
  const { render } = sample;
  if (render === undefined) return sample;
  return { ...sample, render: () => shifted(augment(render(), { rotate: turn }, seed), shift, seed) };
}

/** Shifted by whole pixels; border pixels are repeated outwards. */
function shifted({ image, mask }: ReturnType<typeof augment>, share: number, seed: number) {
  const { width, height } = image;
  const draw = (k: number) => {
    const noise = Math.sin(seed * 12.9898 + k * 78.233) * 43758.5453;
    return Math.round((2 * (noise - Math.floor(noise)) - 1) * share * SIDE);
  };
  const [dx, dy] = [draw(1), draw(2)];
  const within = (v: number, size: number) => Math.min(size - 1, Math.max(0, v));
  const move = (from: Uint8Array, channels: number) =>
    Uint8Array.from({ length: from.length }, (_, i) => {
      const [pixel, channel] = [Math.floor(i / channels), i % channels];
      const [x, y] = [within((pixel % width) - dx, width), within(Math.floor(pixel / width) - dy, height)];
      return from[(y * width + x) * channels + channel] as number;
    });
  return {
    image: { width, height, data: move(image.data, 3) },
    mask: mask && { width, height, data: move(mask.data, 1) },
  };
}

/** Mean image AUROC of the classes. */
async function aurocOf({ model, map, augment }: Variant, dataset: Dataset, seed: number): Promise<number> {
  const { train, ...preset } = PRESETS.quick;
  const folder = await mkdtemp(join(tmpdir(), 'mint-moving-'));
  try {
    const { detector, cache } = await trainDetector({
      dataset,
      detector: {
        ...PAPER_CONFIG,
        ...preset,
        map: map ?? preset.map,
        model,
        classes: dataset.classes,
        input: { ...PAPER_CONFIG.input, width: SIDE, height: SIDE },
        backbone: { kind: 'scattering' },
        grid: [8, 8],
        seed,
      },
      train: { ...train, augment, seed },
      cache: folder,
    });
    const { classMean } = await evaluate(detector, { cache, dataset, backend: 'onnx', seed, replicates: 0 });
    detector.dispose();
    return classMean.imageAuroc ?? Number.NaN;
  } finally {
    await rm(folder, { recursive: true });
  }
}
