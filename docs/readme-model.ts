// Writes what the program in README.md needs into the current folder: `runs/parts/model`, a small untrained detector whose
// thresholds are set so that its image raises an alarm, and the image, `new/1.jpg`. `npm run check:snippets` runs both.
import '@mint/backend-onnx';
import { mkdir, readFile } from 'node:fs/promises';
import { decodeImage } from '@mint/data';
import { ClassStatsBuilder, MintDetector, PAPER_CONFIG, predictImage } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';

await tf.setBackend('onnx');
await mkdir('new', { recursive: true });
await sharp({ create: { width: 80, height: 60, channels: 3, background: '#806040' } })
  .jpeg()
  .toFile('new/1.jpg');

const config = {
  ...PAPER_CONFIG,
  classes: ['bolt'],
  backbone: { kind: 'scattering' },
  input: { ...PAPER_CONFIG.input, width: 64, height: 64 },
  grid: [4, 4],
  network: { hidden: 16, heads: 2, feedForward: 32, encoderLayers: 1, decoderLayers: 1, window: [3, 3] },
} as const;
const blank = MintDetector.create(config);
const statistics = new ClassStatsBuilder(1, blank.channels);
for (const value of [0, 1]) statistics.add(new Float32Array(blank.channels).fill(value), 0);
const known = MintDetector.fromState({ ...blank.toState(), classStats: statistics.result() });
const image = await decodeImage(await readFile('new/1.jpg'), 'new/1.jpg');
const { score, oodScores: [ood = 0] = [] } = (await predictImage(known, image)).prediction;

/** Values of `count` held-out images, of which `above` are more extreme than `value`. */
const heldOut = (value: number, above: number, count: number) =>
  Array.from({ length: count }, (_, i) => (i < above ? value + 1 : value - 1));
const calibrated = MintDetector.fromState({
  ...known.toState(),
  calibration: {
    alpha: 0.05,
    thresholds: { bolt: { image: score - 0.5, pixel: 0, ood: ood + 1 } },
    normalScores: { bolt: heldOut(score, 0, 49) },
    normalMaxima: { bolt: heldOut(score, 0, 49) },
    normalOodScores: { bolt: heldOut(ood, 19, 49) },
    heatScales: { bolt: [0, 1] },
    heatScale: [0, 1],
  },
});
await calibrated.save('runs/parts/model');
