// The measure of the backbone table: a backbone of one's own, with weights, goes all the way without a change elsewhere.
import '@mint/backend-onnx';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BackboneConfig,
  backboneSpecs,
  initParams,
  readBackboneWeights,
  registerBackbone,
} from '@mint/backbone';
import { MintDetector } from '@mint/detector';
import { encodeSafetensors, type TypedTensor } from '@mint/internal';
import { normal } from '@mint/internal/tfjs';
import { temporaryFolder } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { smallConfig, wholeWay } from './__fixtures__/whole-way.js';

await tf.setBackend('onnx');

/** Square patches of the image, each times one matrix: the first layer of a vision transformer. */
interface ToyConfig {
  readonly patch: number;
  readonly width: number;
}

declare module '@mint/backbone' {
  interface BackboneKinds {
    toy: ToyConfig;
  }
}

const toy: BackboneConfig<'toy'> = { kind: 'toy', patch: 8, width: 24 };
const work = temporaryFolder();
let weights: Record<string, TypedTensor>;

beforeAll(async () => {
  registerBackbone('toy', {
    info: ({ patch, width }) => ({
      channels: [width],
      strides: [patch],
      inputMultiple: patch,
      bytesPerPixel: 100,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    }),
    specs: ({ patch, width }) => ({
      'patches/kernel': { shape: [patch, patch, 3, width], init: normal(0.1) },
    }),
    features: (params, { patch }, images) => [
      tf.tidy(() => tf.tanh(tf.conv2d(images, params['patches/kernel'] as tf.Tensor4D, patch, 'valid'))),
    ],
    parse: (fields) => ({ patch: fields.get('patch').int(1, 64), width: fields.get('width').int(1, 1024) }),
    readWeights: ({ tensors }) => ({ ...tensors }),
  });
  const kernel = initParams(backboneSpecs(toy), 1)['patches/kernel'];
  const data = (await kernel?.data<'float32'>()) ?? new Float32Array();
  const file = encodeSafetensors({ 'patches/kernel': { shape: kernel?.shape ?? [], data } });
  weights = readBackboneWeights(file, toy, 'toy.safetensors');
});

test('a registered backbone trains, saves, loads, predicts and is exported to ONNX', async () => {
  const detector = await wholeWay({ backbone: toy, weights }, { out: work.path, width: 64, height: 64 });
  expect(detector.channels).toBe(24);
  expect(detector.config.backbone).toEqual(toy);
  expect(detector.toState().backbone).toEqual(weights);
});

test('its settings in model.json are checked like any other, and its weights and input sizes too', async () => {
  const config = smallConfig(toy, { width: 64, height: 64 });
  const folder = join(work.path, 'model');
  const detector = MintDetector.create(config, { backbone: weights });
  await detector.save(folder);
  const json = await readFile(join(folder, 'model.json'), 'utf8');
  await writeFile(join(folder, 'model.json'), json.replace('"patch": 8', '"patch": 8000'));
  await expect(MintDetector.load(folder)).rejects.toThrow(
    "'model.config.backbone.patch' must be an integer from 1 to 64, got 8000",
  );
  await writeFile(join(folder, 'model.json'), json.replace('"kind": "toy"', '"kind": "constructor"'));
  await expect(MintDetector.load(folder)).rejects.toThrow(
    '\'model.config.backbone.kind\' must be one of efficientnet, joined, resnet, scattering, toy, vit, got "constructor"',
  );
  expect(() => MintDetector.create(config)).toThrow("backbone weight 'patches/kernel' is missing");
  const input = { ...config.input, height: 60 };
  expect(() => MintDetector.create({ ...config, input })).toThrow(
    "must be multiples of 8 for the backbone 'toy', got 60",
  );
});
