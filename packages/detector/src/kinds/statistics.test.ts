import '@mint/test-utils';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@mint/internal';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type DetectorConfig, forward, MintDetector, networkSpecs, REMEMBERED } from '../index.js';

const C = 19;
const [ROWS, COLS] = [3, 4];
const N = ROWS * COLS;
const CLASSES = ['nut', 'bolt', 'washer'];
const configOf = (model: DetectorConfig['model']): DetectorConfig => ({
  ...tinyConfig(CLASSES),
  grid: [ROWS, COLS],
  map: 'distance',
  model,
});
const drawn = (seed: number, length: number, scale = 1) => {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => scale * random.normal());
};

/** Images near the mean token of classes 2, 0 and 1. */
const shown = [2, 0, 1];
const centres = drawn(1, 3 * C, 3);
const tokens = Float32Array.from(
  drawn(2, 3 * N * C),
  (v, i) => v + (centres[(shown[Math.floor(i / (N * C))] ?? 0) * C + (i % C)] ?? 0),
);
const input = () => tf.tensor3d(tokens, [3, N, C]);
const spread = new Float32Array(C).fill(0.5);
type Weights = Readonly<Record<string, { readonly shape: number[]; readonly data: Float32Array }>>;
const none = { shape: [], data: new Float32Array() };
const weightsOf = (model: 'gaussian' | 'memory'): Weights =>
  model === 'gaussian'
    ? {
        means: {
          shape: [3, N, C],
          data: Float32Array.from(
            drawn(3, 3 * N * C),
            (v, i) => v + (centres[Math.floor(i / (N * C)) * C + (i % C)] ?? 0),
          ),
        },
        spread: { shape: [C], data: spread },
      }
    : {
        bank: { shape: [3, N, REMEMBERED, C], data: drawn(4, 3 * N * REMEMBERED * C, 2) },
        means: { shape: [3, C], data: centres },
        spread: { shape: [C], data: spread },
      };
const paramsOf = (model: 'gaussian' | 'memory') =>
  Object.fromEntries(
    Object.entries(weightsOf(model)).map(([name, { shape, data }]) => [name, tf.tensor(data, shape)]),
  );
const places = Array.from({ length: N }, (_, n) => n);
const tokenAt = (values: ArrayLike<number>, at: number) =>
  Array.from({ length: C }, (_, c) => values[at * C + c] ?? Number.NaN);

describe('gaussian', () => {
  test('foretells the mean of the recognised class at each place', async () => {
    const { reconstruction, posterior } = forward(paramsOf('gaussian'), configOf('gaussian'), input());
    expect(await tf.argMax(posterior as tf.Tensor, 1).array()).toEqual(shown);
    expect(tf.sum(posterior as tf.Tensor, 1)).toBeAllClose(tf.ones([3]));
    const { data } = weightsOf('gaussian').means ?? none;
    const expected = shown.flatMap((k) => [...data.subarray(k * N * C, (k + 1) * N * C)]);
    expect([...(await reconstruction.data())]).toEqual(expected);
  });

  test('recognition is the likelihood of the mean token under a Gaussian with the shared spread', async () => {
    const means = tf.mean(paramsOf('gaussian').means as tf.Tensor, 1);
    const { logits } = forward(paramsOf('gaussian'), configOf('gaussian'), input());
    const image = tokenAt(await tf.mean(input(), 1).data(), 1);
    const own = tokenAt(await means.data(), 2);
    const expected = image.reduce((sum, v, c) => sum - 0.5 * ((v - (own[c] ?? 0)) / 0.5) ** 2, 0);
    expect((await (logits as tf.Tensor2D).array())[1]?.[2]).toBeCloseTo(expected, 1);
  });
});

describe('memory', () => {
  test('foretells the nearest remembered token of the class at the place or beside it', async () => {
    const { reconstruction } = forward(paramsOf('memory'), configOf('memory'), input());
    const { data } = weightsOf('memory').bank ?? none;
    const got = await reconstruction.data();
    shown.forEach((k, b) => {
      for (const n of places) {
        const token = tokenAt(tokens, b * N + n);
        const near = places.filter(
          (m) =>
            Math.abs(Math.floor(m / COLS) - Math.floor(n / COLS)) <= 1 &&
            Math.abs((m % COLS) - (n % COLS)) <= 1,
        );
        const remembered = near.flatMap((m) =>
          Array.from({ length: REMEMBERED }, (_, i) => tokenAt(data, (k * N + m) * REMEMBERED + i)),
        );
        const distance = (other: number[]) =>
          other.reduce((sum, v, c) => sum + (v - (token[c] ?? 0)) ** 2, 0);
        const best = remembered.toSorted((x, y) => distance(x) - distance(y))[0];
        expect(tokenAt(got, b * N + n), `image ${b}, place ${n}`).toEqual(best);
      }
    });
  });
});

describe.each(['gaussian', 'memory'] as const)('%s', (model) => {
  test('its weights are those it says, and an added class is foretold by its own', async () => {
    const config = configOf(model);
    const specs = Object.entries(
      networkSpecs({ ...config, backbone: { kind: 'scattering', orientations: 2, scales: 2 } }),
    );
    expect(specs.map(([name]) => name)).toEqual(Object.keys(weightsOf(model)));
    const [name, all] = Object.entries(weightsOf(model))[0] ?? ['', none];
    const shape = all.shape.slice(1);
    const size = shape.reduce((a, b) => a * b, 1);
    const ofClass = { [name]: tf.tensor(all.data.slice(size, 2 * size), shape) };
    const added = forward(paramsOf(model), config, input(), { ofClass });
    expect(added.posterior).toBeUndefined();
    const alone = { ...paramsOf(model), [name]: tf.tensor(all.data.slice(size, 2 * size), [1, ...shape]) };
    if (model === 'memory') alone.means = tf.tensor2d(centres.slice(C, 2 * C), [1, C]);
    const expected = forward(alone, { ...config, classes: ['bolt'] }, input());
    expect([...(await added.reconstruction.data())]).toEqual([...(await expected.reconstruction.data())]);
  });

  test('predicts bit-equal after saving and loading, each image alone as in a batch, and leaves nothing behind', async () => {
    const state = {
      ...MintDetector.create(configOf(model)).toState(),
      network: weightsOf(model),
      classStats: { means: drawn(5, 3 * C), std: new Float32Array(C).fill(0.7) },
    };
    const detector = MintDetector.fromState(state);
    const folder = join(await mkdtemp(join(tmpdir(), 'mint-statistics-')), 'model');
    await detector.save(folder);
    const loaded = await MintDetector.load(folder);
    const features = tf.tensor4d(tokens, [3, ROWS, COLS, C]);
    const before = tf.memory().numTensors;
    const together = await detector.predictFeatures(features);
    expect(tf.memory().numTensors).toBe(before);
    expect(await loaded.predictFeatures(features)).toEqual(together);
    const alone = await detector.predictFeatures(tf.slice(features, [2, 0, 0, 0], [1, ROWS, COLS, C]));
    expect(alone[0]?.className).toBe(together[2]?.className);
    expect(alone[0]?.score).toBeCloseTo(together[2]?.score ?? Number.NaN, 4);
  });
});
