import { expectNoLeak, numericGradient, roundTrip } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { MintError, SirenDense, sirenDense } from './index.js';

const weightsOf = (layer: SirenDense) => layer.getWeights().map((weight) => [...weight.dataSync()]);

describe('sirenDense()', () => {
  // Golden values, float64 NumPy: x = [[.5, -1]]; W = [[1, 2], [3, -4]]; b = [.1, .2]; np.sin(2 * (x @ W + b))
  test('matches NumPy', () => {
    const y = sirenDense(
      tf.tensor2d([[0.5, -1]]),
      tf.tensor2d([
        [1, 2],
        [3, -4],
      ]),
      tf.tensor1d([0.1, 0.2]),
      2,
    );
    expect(y).toBeAllClose([[0.9961646088358406, -0.8278264690856536]]);
  });

  test('treats every leading axis as batch', () => {
    const x = tf.randomUniform([2, 3, 5, 7], -1, 1, 'float32', 1);
    const [kernel, bias] = [
      tf.randomNormal([7, 11], 0, 1, 'float32', 2),
      tf.randomNormal([11], 0, 1, 'float32', 3),
    ];
    const y = sirenDense(x, kernel as tf.Tensor2D, bias as tf.Tensor1D, 1.5);
    const one = sirenDense(
      tf.slice(x, [1, 2, 4, 0], [1, 1, 1, 7]),
      kernel as tf.Tensor2D,
      bias as tf.Tensor1D,
      1.5,
    );
    expect(y.shape).toEqual([2, 3, 5, 11]);
    expect(tf.slice(y, [1, 2, 4, 0], [1, 1, 1, 11])).toBeAllClose(one);
  });

  test('its gradients match central differences', () => {
    const [x, kernel, bias] = [
      tf.tensor2d([
        [0.4, 0.7],
        [-0.3, 0.2],
      ]),
      tf.tensor2d([[0.3], [-0.2]]),
      tf.tensor1d([0.1]),
    ];
    const f = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
      tf.sum(sirenDense(x, kernel as tf.Tensor2D, bias as tf.Tensor1D, 3)) as tf.Scalar;
    const [dx, dKernel, dBias] = tf.grads(f)([x, kernel, bias]) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const close = { rtol: 2e-3, atol: 1e-4 };
    expect(tf.reshape(dx, [-1])).toBeAllClose(
      numericGradient((v) => f(v, kernel, bias), x),
      close,
    );
    expect(tf.reshape(dKernel, [-1])).toBeAllClose(
      numericGradient((v) => f(x, v, bias), kernel),
      close,
    );
    expect(dBias).toBeAllClose(
      numericGradient((v) => f(x, kernel, v), bias),
      close,
    );
  });

  test('leaks nothing', () => {
    const [x, kernel, bias] = [tf.zeros([2, 3]), tf.zeros<tf.Rank.R2>([3, 5]), tf.zeros<tf.Rank.R1>([5])];
    expectNoLeak(() => sirenDense(x, kernel, bias, 30));
  });

  test('names the shapes that do not fit', () => {
    const [kernel, bias] = [tf.zeros<tf.Rank.R2>([3, 5]), tf.zeros<tf.Rank.R1>([5])];
    expect(() => sirenDense(tf.zeros([2, 4]), kernel, bias, 30)).toThrow(
      expect.objectContaining({
        code: 'SHAPE_MISMATCH',
        message:
          'sirenDense: x [..., D_in], kernel [D_in, D_out] and bias [D_out] must fit together, got [2, 4], [3, 5] and [5].',
      }),
    );
  });
});

describe('SirenDense', () => {
  test.each([
    [true, 1 / 8],
    [false, Math.sqrt(6 / 8) / 30],
  ])(
    'draws its kernel from the range SIREN gives (isFirst: %s), its bias from ±1/√D_in',
    (isFirst, bound) => {
      const layer = new SirenDense({ units: 256, isFirst, seed: 1 });
      layer.build([null, 8]);
      const [kernel, bias] = weightsOf(layer).map((values) => Math.max(...values.map(Math.abs))) as [
        number,
        number,
      ];
      expect(kernel).toBeLessThanOrEqual(bound);
      expect(kernel).toBeGreaterThan(0.98 * bound); // the range is used, not only respected
      expect(bias).toBeLessThanOrEqual(1 / Math.sqrt(8));
      expect(bias).toBeGreaterThan(0.98 / Math.sqrt(8));
    },
  );

  test('equal seeds give equal weights, different seeds and no seed give different weights', () => {
    const draw = (seed?: number) => {
      const layer = new SirenDense({ units: 3, seed });
      layer.build([null, 2]);
      return weightsOf(layer);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw()).not.toEqual(draw());
  });

  test('is trained: a model sees both weights and the loss falls', async () => {
    const coords = input({ shape: [2] });
    const output = new SirenDense({ units: 1, omega0: 1, seed: 3 }).apply(coords) as SymbolicTensor;
    const net = model({ inputs: coords, outputs: output });
    expect(net.trainableWeights).toHaveLength(2);
    net.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
    const x = tf.randomUniform([64, 2], -1, 1, 'float32', 5);
    const { history } = await net.fit(x, tf.sin(tf.sum(x, 1, true)), {
      epochs: 40,
      shuffle: false,
      verbose: 0,
    });
    expect(history.loss?.at(-1)).toBeLessThan(0.05 * (history.loss?.[0] as number));
  });

  test('is the same after saving and loading, bit for bit', async () => {
    const coords = input({ shape: [3, 2] });
    const layer = new SirenDense({ units: 5, omega0: 7, isFirst: true });
    const net = model({ inputs: coords, outputs: layer.apply(coords) as SymbolicTensor });
    const loaded = await roundTrip(net);
    const x = tf.randomUniform([2, 3, 2], -1, 1, 'float32', 5);
    expect(loaded.predict(x)).toBeAllClose(net.predict(x) as tf.Tensor, { rtol: 0, atol: 0 });
    expect(loaded.layers[1]?.getConfig()).toEqual(layer.getConfig());
  });

  test('leaks nothing per call', () => {
    const layer = new SirenDense({ units: 4 });
    const x = tf.zeros([2, 3]);
    layer.apply(x);
    expectNoLeak(() => layer.apply(x) as tf.Tensor);
  });

  test.each([
    [{ units: 0 }, 'SirenDense: `units` must be an integer of at least 1, got 0.'],
    [{ units: 4, omega0: -1 }, 'SirenDense: `omega0` must be positive and finite, got -1.'],
  ])('rejects %o', (config, message) => {
    const make = () => new SirenDense(config);
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message }));
    expect(make).toThrow(expect.toSatisfy(MintError.isInstance));
  });

  test('rejects an input of unknown width', () => {
    expect(() => new SirenDense({ units: 4 }).build([null, null])).toThrow(
      expect.objectContaining({
        code: 'SHAPE_MISMATCH',
        message: 'SirenDense: the input needs at least 2 axes and a known last one, got [?, ?].',
      }),
    );
  });
});
