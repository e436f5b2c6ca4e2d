/**
 * Is the memory estimate for large images right? Scores one synthetic image in tiles and compares the peak of resident memory
 * with the estimate that decides how many tiles go through the network at once:
 *
 *     pnpm --filter bench large-image-memory <efficientnet | resnet18 | scattering | vit-small | joined> <width> <height>
 *
 * Exit code 1 when the peak is above the estimate. Linux; a full-size network with drawn weights, backend onnx.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { autoTiles } from '@mint/data';
import { type DetectorConfig, MintDetector, PAPER_CONFIG, planTilesOf, predictImage } from '@mint/detector';
import { inputFor } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';
import { VIT_SMALL } from '../vit-small.js';
import { randomWeights } from '../workloads.js';

const [kind = '', width = 4000, height = 3000] = process.argv
  .slice(2)
  .map((text, i) => (i === 0 ? text : Number(text))) as [string, number, number];
await tf.setBackend('onnx');
const RESNET18 = { kind: 'resnet', block: 'basic', depths: [2, 2, 2, 2], layers: [1, 2, 3] } as const;
const VIT_GROUPS = {
  ...VIT_SMALL,
  blocks: [
    [2, 3, 4, 5],
    [6, 7, 8, 9],
  ],
  finalNorm: true,
} as const;
const BACKBONES: Readonly<Record<string, DetectorConfig['backbone']>> = {
  efficientnet: PAPER_CONFIG.backbone,
  resnet18: RESNET18,
  scattering: { kind: 'scattering' },
  'vit-small': VIT_GROUPS,
  joined: { kind: 'joined', parts: [RESNET18, VIT_GROUPS] },
};
const backbone = BACKBONES[kind];
if (backbone === undefined)
  throw new Error(`expected one of ${Object.keys(BACKBONES).join(', ')}, got '${kind}'`);
const detector = MintDetector.create(
  {
    ...PAPER_CONFIG,
    ...inputFor(backbone, { ...PAPER_CONFIG.input, tiles: 'auto' }),
    classes: ['a', 'b'],
    backbone,
  },
  { backbone: await randomWeights(backbone) },
);
const grid = autoTiles({ width, height }, detector.config.input);
if (grid === undefined) throw new Error(`${width}x${height} is not cut into tiles`);
const plan = planTilesOf(detector, grid);

const before = process.memoryUsage().rss;
// Resets the kernel's record of the peak.
writeFileSync('/proc/self/clear_refs', '5');
const began = performance.now();
const image = { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => i % 251) };
const { prediction } = await predictImage(detector, image);
const seconds = (performance.now() - began) / 1000;
const peak = 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
const used = peak - before;
const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
console.log(
  `${kind} ${width}x${height}: ${grid.tiles.length} tiles, ${plan.batchSize} at once; peak ${mb(used)} above the loaded model's ${mb(before)}, ` +
    `estimate ${mb(plan.bytes)}; ${seconds.toFixed(1)} s, map ${prediction.width}x${prediction.height}`,
);
process.exitCode = used <= plan.bytes ? 0 : 1;
