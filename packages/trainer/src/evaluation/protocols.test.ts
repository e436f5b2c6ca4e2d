import { type DetectorConfig, imageScore, PAPER_CONFIG } from '@mint/detector';
import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { applyProtocol, assertFits, PROTOCOLS, type ProtocolSettings, smooth } from './protocols.js';

const draw = (n: number) => {
  const random = new Random(n);
  return Float32Array.from({ length: n }, () => random.normal());
};

test('smooth() is a convolution with the normalised Gaussian window, zero beyond the edges', () => {
  const [height, width] = [7, 11];
  const map = draw(height * width);
  const line = [-2, -1, 0, 1, 2].map((x) => Math.exp(-(x * x) / 32));
  const kernel = line.flatMap((a) => line.map((b) => a * b));
  const sum = kernel.reduce((a, b) => a + b, 0);
  const expected = tf.conv2d(
    tf.tensor4d(map, [1, height, width, 1]),
    tf.tensor4d(
      kernel.map((v) => v / sum),
      [5, 5, 1, 1],
    ),
    1,
    'same',
  );
  const smoothed = smooth(map, { width, height }, { sigma: 4, window: 5 });
  expect(tf.tensor(smoothed, [1, height, width, 1])).toBeAllClose(expected);
});

test('image scores: the model’s own, the largest value, the mean of the highest 1 %', () => {
  const size = { width: 17, height: 19 };
  const map = draw(17 * 19);
  const prediction = { anomalyMap: map, ...size, score: 0.25 };
  const score = (kind: ProtocolSettings['score']) =>
    applyProtocol({ ...PROTOCOLS.own, score: kind }, prediction, size).score;
  const sorted = [...map].sort((a, b) => b - a);
  expect(score('model')).toBe(0.25);
  expect(score('max')).toBe(sorted[0]);
  // 323 values: the highest 3.
  expect(score('top 1 %')).toBeCloseTo(((sorted[0] ?? 0) + (sorted[1] ?? 0) + (sorted[2] ?? 0)) / 3, 6);
});

test('sizes: of the input, of the image, or one for all', () => {
  const prediction = { anomalyMap: draw(6), width: 3, height: 2, score: 0 };
  const of = (size: ProtocolSettings['size']) =>
    applyProtocol({ ...PROTOCOLS.own, size }, prediction, { width: 5, height: 7 });
  expect(of('input')).toMatchObject({ size: { width: 3, height: 2 }, map: prediction.anomalyMap });
  expect(of('image').map).toHaveLength(35);
  expect(of({ width: 4, height: 4 }).map).toHaveLength(16);
});

test('UniAD: the score of a UniAD model is the largest 16x16 mean', () => {
  // The protocol says 'model', so a model's score must be what UniAD's evaluation computes.
  const map = draw(23 * 29);
  let best = Number.NEGATIVE_INFINITY;
  for (let y = 0; y + 16 <= 23; y++) {
    for (let x = 0; x + 16 <= 29; x++) {
      let sum = 0;
      for (let i = 0; i < 256; i++) sum += map[(y + (i >> 4)) * 29 + x + (i & 15)] ?? 0;
      best = Math.max(best, sum / 256);
    }
  }
  expect(imageScore(tf.tensor3d(map, [1, 23, 29]), 'max').dataSync()[0]).toBeCloseTo(best, 5);
});

test('a model that does not fit a protocol is refused by name', () => {
  const config: DetectorConfig = { ...PAPER_CONFIG, classes: ['nut'] };
  const crop = { ...config.input, ...PROTOCOLS['crop-392'].input };
  for (const name of ['own', 'uniad', 'mvtec'] as const) assertFits(name, config);
  assertFits('crop-392', { ...config, input: crop });
  expect(() => assertFits('crop-392', config)).toThrow(
    "'crop-392': the model must be trained on images prepared by pillow-bilinear to 448x448, centre crop 392x392; this one has pillow-bilinear to 224x224",
  );
  expect(() => assertFits('ader', config)).toThrow('mint train --protocol ader');
  expect(() => assertFits('mvtec', { ...config, input: crop })).toThrow('sees only a part of it');
});
