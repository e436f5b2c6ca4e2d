// Backbones with weights from files go all the way: training, tiles, a half-size model folder, ONNX.
import '@mint/backend-onnx';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, tinyResNetFile, tinyVitFile } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { wholeWay } from './__fixtures__/whole-way.js';
import { joinBackbones, loadBackbone } from './index.js';

await tf.setBackend('onnx');

const work = temporaryFolder();

async function load(name: string, file: Uint8Array) {
  const path = join(work.path, `${name}.safetensors`);
  await writeFile(path, file);
  return loadBackbone(path);
}

test.each([false, true])('a vision transformer; float16 weights: %s', async (half) => {
  const loaded = await load('vit', tinyVitFile());
  const out = join(work.path, `vit-${half}`);
  const detector = await wholeWay(loaded, { out, half, width: 70, height: 56 });
  expect(detector.config.grid).toEqual([4, 5]);
  expect(detector.channels).toBe(128);
  expect(detector.provenance).toMatchObject({
    backbone: 'vit.safetensors',
    backboneSha256: loaded.origin?.sha256,
  });
});

test('a ResNet', async () => {
  const detector = await wholeWay(await load('resnet', tinyResNetFile()), {
    out: join(work.path, 'resnet'),
    width: 70,
    height: 52,
  });
  expect(detector.config.grid).toEqual([6, 8]);
  expect(detector.channels).toBe(8 + 12);
});

test('both joined, the weights of each named', async () => {
  const parts = [await load('resnet', tinyResNetFile()), await load('vit', tinyVitFile())];
  const detector = await wholeWay(joinBackbones(parts), {
    out: join(work.path, 'joined'),
    half: true,
    width: 70,
    height: 56,
  });
  expect(detector.config.grid).toEqual([4, 5]);
  expect(detector.channels).toBe(8 + 12 + 128);
  expect(detector.provenance).toMatchObject({
    backbone: 'resnet.safetensors+vit.safetensors',
    backboneSha256: parts.map(({ origin }) => origin?.sha256).join('+'),
    backboneLicence: '-+CC0-1.0',
  });
});
