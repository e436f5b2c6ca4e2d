import '@mint/backend-onnx';
import { crc32 } from 'node:zlib';
import { MintDetector } from '@mint/detector';
import { Random } from '@mint/internal';
import { overlayPng } from '@mint/report';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';

/** An untrained detector for 32 x 32 pixels; its scores differ between images. `nut` has limits, `bolt` has none. */
export async function tinyDetector(): Promise<MintDetector> {
  await tf.setBackend('onnx');
  const tiny = tinyConfig(['nut', 'bolt']);
  const blank = MintDetector.create({
    ...tiny,
    input: { ...tiny.input, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] },
    backbone: { kind: 'scattering' },
    grid: [3, 5],
    featureScaling: 'none',
    network: { ...tiny.network, feedForward: 16 },
    queries: { ...tiny.queries, embedding: 4, trunkWidth: 8, classifierWidth: 6 },
    map: 'distance',
    seed: 5,
  });
  return MintDetector.fromState({
    ...blank.toState(),
    calibration: {
      alpha: 0.4,
      thresholds: { nut: { image: 0, pixel: 0 } },
      heatScales: {},
      heatScale: [0, 4],
      normalScores: { nut: [1, 2], bolt: [1] },
      normalMaxima: { nut: [1, 2], bolt: [1] },
    },
  });
}

/** An uncompressed image whose size and pixels depend on the seed; images of different seeds differ a lot. */
export function bmp(seed: number): Uint8Array {
  const random = new Random(seed);
  const [width, height] = [32 + (seed % 5), 30 + (seed % 7)];
  const row = Math.ceil((3 * width) / 4) * 4;
  const bytes = Buffer.alloc(54 + row * height);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let at = 54; at < bytes.length; at++) bytes[at] = random.int(1 + ((seed * 37) % 256));
  return bytes;
}

export function png(): Buffer {
  const data = new Uint8Array(40 * 40 * 3).fill(9);
  const map = new Float32Array(40 * 40);
  return Buffer.from(overlayPng({ width: 40, height: 40, data }, map, { scale: [0, 1] }));
}

/** A PNG whose header says that it is 100,000 pixels wide and high. */
export function hugePng(): Buffer {
  const bytes = png();
  bytes.writeUInt32BE(100_000, 16);
  bytes.writeUInt32BE(100_000, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}
