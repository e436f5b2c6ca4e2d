import { readFileSync } from 'node:fs';
import { decodeSafetensors, type SafetensorsFile } from '@mint/internal';
import { initParams, toTensors } from '@mint/internal/tfjs';
import { expectNoLeak, needsTestBed, testBed, testBedPath } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { goldenPicks } from '../__fixtures__/golden-picks.js';
import { distance, readGoldenPort } from '../__fixtures__/golden-port.js';
import { onWasm } from '../__fixtures__/on-wasm.js';
import { type ResNetConfig, resNetInfo } from './config.js';
import { resNetFeatures } from './features.js';
import { recogniseResNet } from './recognise.js';
import { loadResNetWeights, resNetSpecs } from './weights.js';

const CONFIG: ResNetConfig = {
  block: 'bottleneck',
  depths: [1, 2, 1, 1],
  channels: [3, 5, 7, 11],
  baseWidth: 128,
  layers: [1, 3],
};

const recognise = ({ tensors }: SafetensorsFile) =>
  recogniseResNet({
    shapes: new Map(Object.entries(tensors).map(([name, { shape }]) => [name, shape])),
    metadata: {},
  });

describe.skipIf(testBed === undefined)(needsTestBed('golden files'), () => {
  test.each(['basic', 'bottleneck', 'wide'])('%s blocks, also at an odd size', (name) => {
    const {
      config: given,
      weights,
      inputs,
      input,
      expected,
    } = readGoldenPort(`resnet-${name}-tiny.safetensors`);
    const found = recognise(weights)?.config;
    expect(found).toMatchObject({
      block: given.block === 'BasicBlock' ? 'basic' : 'bottleneck',
      depths: given.layers,
      channels: given.channels,
      baseWidth: given.base_width ?? 64,
      layers: [1, 2, 3],
    });
    if (found === undefined) return;
    const config = { ...found, layers: [1, 2, 3, 4] };
    const params = toTensors(loadResNetWeights(weights, config, name));
    for (const size of inputs) {
      resNetFeatures(params, config, input(size)).forEach((map, i) => {
        const wanted = expected[`${size}/layer${i + 1}`];
        if (wanted === undefined) throw new Error(size);
        expect(distance(map, wanted), `${size} layer ${i + 1}`).toBeLessThan(1e-4);
      });
    }
  });

  test('ResNet-18 with its real weights, whose batch norms were folded before', async () => {
    await onWasm();
    const file = 'weights/resnet18_layers1-3.bnfolded.f32.safetensors';
    const weights = decodeSafetensors(readFileSync(testBedPath(file)), file);
    const found = recognise(weights);
    expect(found?.title).toBe('ResNet with 2, 2, 2, 0 basic blocks');
    if (found === undefined) return;
    const { images, furthest } = goldenPicks('resnet18');
    const params = toTensors(loadResNetWeights(weights, found.config, file));
    resNetFeatures(params, found.config, images).forEach((map, i) => {
      const values = tf.transpose(map, [0, 3, 1, 2]).dataSync(); // the golden maps have channels first
      const starts = { first8: 0, mid8: Math.floor(values.length / 2), last4: values.length - 4 };
      expect(furthest(`layer${i + 1}`, values, starts)).toBeLessThan(1e-4);
    });
  });
});

describe('resNetFeatures()', () => {
  test('maps as described, nothing leaked', () => {
    const params = initParams(resNetSpecs(CONFIG), 5);
    const images = tf.randomUniform<tf.Rank.R4>([2, 37, 53, 3], -1, 1, 'float32', 1);
    const maps = resNetFeatures(params, CONFIG, images);
    expect(maps.map(({ shape }) => shape)).toEqual([
      [2, 10, 14, 12],
      [2, 3, 4, 28],
    ]);
    expect(resNetInfo(CONFIG)).toEqual({ channels: [12, 28], strides: [4, 16] });
    tf.dispose(maps);
    expectNoLeak(() => resNetFeatures(params, CONFIG, images));
  });

  test.each<[Partial<ResNetConfig>, RegExp]>([
    [{ layers: [] }, /`layers` must list layers from 1 to 4/],
    [{ layers: [5] }, /`layers` must list layers from 1 to 4, got \[5\]/],
    [{ depths: [1, 0, 1, 1] }, /`depths` must be four numbers/],
    [{ channels: [0, 1, 1, 1] }, /`channels` must be four numbers/],
    [{ baseWidth: 0.5 }, /`baseWidth` must be a whole number/],
  ])('refuses %o', (change, message) => {
    expect(() => resNetInfo({ ...CONFIG, ...change })).toThrow(message);
  });

  test('a missing tensor is named', () => {
    expect(() => loadResNetWeights({ tensors: {}, metadata: {} }, CONFIG, 'r.safetensors')).toThrow(
      /^r\.safetensors: tensor 'conv1\.weight' is missing; a ResNet with 1, 2, 1, 1 bottleneck blocks needs it/,
    );
  });
});
