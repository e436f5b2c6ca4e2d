// The measure of the backbone table: a backbone of one's own, with weights, goes all the way without a change elsewhere.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BackboneConfig,
  backboneSpecs,
  initParams,
  readBackboneWeights,
  registerBackbone,
} from '@mint/backbone';
import { exportOnnx } from '@mint/backend-onnx';
import { proceduralDataset } from '@mint/data';
import { MintDetector, PAPER_CONFIG, predictImage } from '@mint/detector';
import { encodeSafetensors, type TypedTensor } from '@mint/internal';
import { normal } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { PRESETS, trainDetector } from './index.js';
import '../vitest.onnx-setup.js';

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

const { train, network } = PRESETS.quick;
const config = {
  ...PAPER_CONFIG,
  backbone: toy,
  input: { ...PAPER_CONFIG.input, width: 64, height: 64, tiles: 'auto' },
  grid: [8, 8],
  featureScaling: 'standardise',
  map: 'whitened',
  network,
} as const;

test('a registered backbone trains, saves, loads, predicts and is exported to ONNX', async () => {
  const dataset = proceduralDataset({ trainPerClass: 8, testGoodPerClass: 1, defectsPerClass: 1, size: 64 });
  const folder = await mkdtemp(join(tmpdir(), 'mint-toy-'));
  const { detector } = await trainDetector({
    dataset,
    detector: { ...config, classes: dataset.classes },
    weights,
    train: { ...train, epochs: 1, holdout: 0.5, seed: 0 },
    alpha: 0.2,
    cache: join(folder, 'cache'),
    out: folder,
  });
  expect(detector.channels).toBe(24);
  const loaded = await MintDetector.load(join(folder, 'model'));
  expect(loaded.config.backbone).toEqual(toy);
  expect(loaded.toState().backbone).toEqual(weights);

  // Whole and in tiles, whose number follows from the backbone's memory.
  for (const [width, height] of [
    [64, 64],
    [150, 100],
  ] as const) {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251);
    const { prediction } = await predictImage(loaded, { width, height, data });
    expect(prediction).toEqual((await predictImage(detector, { width, height, data })).prediction);
    expect(prediction).toMatchObject({ width, height, score: expect.any(Number) });
    expect(loaded.decide(prediction).decision).not.toBe('none');
  }

  const detect = ({ images }: { [name: string]: tf.Tensor4D; images: tf.Tensor4D }) => ({
    ...loaded.score(loaded.features(images)),
  });
  const file = await exportOnnx(detect, { images: tf.zeros([1, 64, 64, 3], 'int32') as tf.Tensor4D });
  const images = Int32Array.from({ length: 2 * 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
  const session = await ort.InferenceSession.create(file);
  const outputs = await session.run({ images: new ort.Tensor('int32', images, [2, 64, 64, 3]) });
  const { score } = detect({ images: tf.tensor4d(images, [2, 64, 64, 3], 'int32') });
  const exported = Float32Array.from(outputs.score?.data as Float32Array);
  expect(tf.tensor1d(exported)).toBeAllClose(score, { rtol: 1e-4 });
}, 120_000);

test('its settings in model.json are checked like any other, and its weights and input sizes too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mint-toy-'));
  const detector = MintDetector.create({ ...config, classes: ['nut'] }, { backbone: weights });
  await detector.save(folder);
  const json = await readFile(join(folder, 'model.json'), 'utf8');
  await writeFile(join(folder, 'model.json'), json.replace('"patch": 8', '"patch": 8000'));
  await expect(MintDetector.load(folder)).rejects.toThrow(
    "'model.config.backbone.patch' must be an integer from 1 to 64, got 8000",
  );
  await writeFile(join(folder, 'model.json'), json.replace('"kind": "toy"', '"kind": "constructor"'));
  await expect(MintDetector.load(folder)).rejects.toThrow(
    '\'model.config.backbone.kind\' must be one of efficientnet, resnet, scattering, toy, vit, got "constructor"',
  );
  expect(() => MintDetector.create({ ...config, classes: ['nut'] })).toThrow(
    "backbone weight 'patches/kernel' is missing",
  );
  const input = { ...config.input, height: 60 };
  expect(() => MintDetector.create({ ...config, classes: ['nut'], input })).toThrow(
    "must be multiples of 8 for the backbone 'toy', got 60",
  );
});
