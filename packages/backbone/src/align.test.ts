import { needsTestBed, readSafetensors, roundTrip, testBed, testBedPath } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { AlignFeatures, alignFeatures, BackboneFeatures, normaliseImages } from './index.js';

test('normaliseImages() is (x/255 − mean)/std', () => {
  const x = tf.tensor4d([0, 51, 255], [1, 1, 1, 3], 'int32');
  const want = [[[[(0 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (1 - 0.406) / 0.225]]]];
  expect(normaliseImages(x)).toBeAllClose(tf.tensor4d(want), { rtol: 1e-5 });
});

test('alignFeatures() keeps the corners and joins channels in order', () => {
  const ramp = tf.tensor4d(
    Float32Array.from({ length: 35 }, (_, i) => i),
    [1, 5, 7, 1],
  );
  const ones = tf.ones([1, 2, 3, 2]) as tf.Tensor4D;
  const aligned = alignFeatures([ramp, ones], [3, 4]);
  // Corner to corner: rows 0, 2, 4 and columns 0, 2, 4, 6 of the ramp, whose value is 7·row + column.
  const want = [0, 2, 4].map((r) => [0, 2, 4, 6].map((c) => [7 * r + c, 1, 1]));
  expect(aligned).toBeAllClose(tf.tensor4d([want]));
});

test.skipIf(testBed === undefined)(
  needsTestBed('alignFeatures() equals PyTorch UpsamplingBilinear2d'),
  () => {
    const { tensors } = readSafetensors(testBedPath('golden', 'resize.safetensors'));
    const cases = Object.keys(tensors).filter(
      (name) => name.startsWith('alignCorners/') && name.endsWith('/input'),
    );
    expect(cases.length).toBeGreaterThan(0);
    for (const name of cases) {
      const [from, to] = [tensors[name], tensors[name.replace('/input', '/expected')]];
      if (from === undefined || to === undefined) throw new Error(`incomplete golden case ${name}`);
      const [h = 0, w = 0, c = 1] = from.shape;
      const [rows = 0, cols = 0] = to.shape;
      const map = tf.tensor4d(from.data as Float32Array, [1, h, w, c]);
      const want = tf.tensor4d(to.data as Float32Array, [1, rows, cols, c]);
      expect(alignFeatures([map], [rows, cols]), name).toBeAllClose(want, { rtol: 0, atol: 1e-5 });
    }
  },
);

test('the layers save and load bit-equal, and nothing in them trains', async () => {
  const image = input({ shape: [32, 32, 3] });
  const backbone = { kind: 'efficientnet', variant: 'b0', blocks: [0, 2], padding: 'static' } as const;
  const maps = new BackboneFeatures({ backbone }).apply(image) as SymbolicTensor[];
  const net = model({
    inputs: image,
    outputs: new AlignFeatures({ grid: [3, 5] }).apply(maps) as SymbolicTensor,
  });
  expect(net.outputShape).toEqual([null, 3, 5, 16 + 24]);
  expect(net.trainableWeights).toHaveLength(0);
  const loaded = await roundTrip(net);
  const x = tf.randomNormal([2, 32, 32, 3], 0, 1, 'float32', 1);
  expect(loaded.predict(x) as tf.Tensor).toBeAllClose(net.predict(x) as tf.Tensor, { rtol: 0, atol: 0 });
});
