import { expectNoLeak, roundTrip } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { golden, goldenConfig, goldenTokens, goldenWeights } from './__fixtures__/golden.js';
import { ClassAwareQueries, type ClassQueryConfig, classQuerySpecs } from './index.js';

const small: ClassQueryConfig = {
  classes: 3,
  channels: 5,
  grid: [2, 3],
  hidden: 11,
  decoderLayers: 2,
  embedding: 7,
  trunkWidth: 13,
  classifierWidth: 17,
};

describe('ClassAwareQueries', () => {
  test.each(['soft', 'label', 'hard'] as const)('with the golden weights equals PyTorch: %s', (mode) => {
    const layer = new ClassAwareQueries(goldenConfig(mode));
    const inputs = mode === 'label' ? [goldenTokens(), golden('input/labels')] : [goldenTokens()];
    layer.apply(inputs);
    const weights = goldenWeights();
    layer.setWeights(
      Object.keys(classQuerySpecs(goldenConfig(mode))).map((name) => weights[name] as tf.Tensor),
    );
    const outputs = layer.apply(inputs) as tf.Tensor[];
    const names = ['query/0', 'query/1', 'logits', 'mu', 's'].map((name) =>
      name === 'logits' ? name : `${mode}/${name}`,
    );
    expect(outputs).toHaveLength(names.length);
    outputs.forEach((output, i) => {
      expect(output, names[i]).toBeAllClose(golden(`expected/${names[i]}`), { rtol: 0, atol: 5e-5 });
    });
  });

  test('takes labels as a column of floats, as models feed them', () => {
    const layer = new ClassAwareQueries({ ...small, mode: 'label', seed: 1 });
    const tokens = tf.randomNormal([2, 6, 5], 0, 1, 'float32', 1);
    const [plain] = layer.apply([tokens, tf.tensor1d([2, 1], 'int32')]) as [tf.Tensor];
    const [column] = layer.apply([tokens, tf.tensor2d([[2], [1]])]) as [tf.Tensor];
    expect(column).toBeAllClose(plain, { rtol: 0, atol: 0 });
  });

  test('computes the shapes of its outputs', () => {
    const tokens = input({ shape: [6, 5] });
    const outputs = new ClassAwareQueries(small).apply(tokens) as SymbolicTensor[];
    const given = model({ inputs: tokens, outputs }).predict(tf.zeros([7, 6, 5])) as tf.Tensor[];
    expect(outputs.map(({ shape }) => shape.slice(1))).toEqual(given.map(({ shape }) => shape.slice(1)));
  });

  test('is trained: the model sees every weight, learns the classes and their distributions', async () => {
    const tokens = input({ shape: [6, 5] });
    const layer = new ClassAwareQueries({ ...small, omega0: 5, seed: 2 });
    const [, , logits, mu] = layer.apply(tokens) as [
      SymbolicTensor,
      SymbolicTensor,
      SymbolicTensor,
      SymbolicTensor,
    ];
    const net = model({ inputs: tokens, outputs: [logits, mu] });
    expect(net.trainableWeights).toHaveLength(Object.keys(classQuerySpecs(small)).length);
    const means = tf.randomNormal([3, 6, 5], 0, 1, 'float32', 3);
    const x = tf.add(tf.tile(means, [8, 1, 1]), tf.randomNormal([24, 6, 5], 0, 0.1, 'float32', 4));
    const classes = tf.tile(tf.eye(3), [8, 1]);
    const meanCrossEntropy = (yTrue: tf.Tensor, yPred: tf.Tensor) =>
      tf.losses.softmaxCrossEntropy(yTrue, yPred);
    const meanSquare = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.losses.meanSquaredError(yTrue, yPred);
    net.compile({ optimizer: tf.train.adam(0.02), loss: [meanCrossEntropy, meanSquare] });
    const { history } = await net.fit(x, [classes, x], {
      epochs: 60,
      batchSize: 24,
      shuffle: false,
      verbose: 0,
    });
    expect(history.loss?.at(-1)).toBeLessThan(0.05 * (history.loss?.[0] as number));
  });

  test.each(['soft', 'label', 'feature'] as const)(
    'saved and loaded it is the same, bit for bit: %s',
    async (mode) => {
      const tokens = input({ shape: [6, 5] });
      const labels = input({ shape: [1] });
      const inputs = mode === 'label' ? [tokens, labels] : [tokens];
      const layer = new ClassAwareQueries({ ...small, mode, residual: true });
      const net = model({ inputs, outputs: layer.apply(inputs) as SymbolicTensor[] });
      const loaded = await roundTrip(net);
      const x = [tf.randomNormal([2, 6, 5], 0, 1, 'float32', 5), tf.tensor2d([[1], [2]])].slice(
        0,
        inputs.length,
      );
      const [before, after] = [net.predict(x) as tf.Tensor[], loaded.predict(x) as tf.Tensor[]];
      before.forEach((want, i) => {
        expect(after[i]).toBeAllClose(want, { rtol: 0, atol: 0 });
      });
      expect(loaded.layers.at(-1)?.getConfig()).toEqual(layer.getConfig());
    },
  );

  test('equal seeds give equal weights, no seed gives different weights', () => {
    const draw = (seed?: number) => {
      const layer = new ClassAwareQueries({ ...small, seed });
      layer.build([null, 6, 5]);
      return layer.getWeights().map((weight) => [...weight.dataSync()]);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw()).not.toEqual(draw());
  });

  test('leaks nothing per call', () => {
    const layer = new ClassAwareQueries(small);
    const x = tf.zeros([2, 6, 5]);
    tf.dispose(layer.apply(x) as tf.Tensor[]);
    expectNoLeak(() => layer.apply(x) as tf.Tensor[]);
  });

  test.each([
    [
      { mode: 'label' },
      [[null, 6, 5]],
      "ClassAwareQueries: mode 'label' takes two inputs, tokens and labels; got 1.",
    ],
    [
      { mode: 'soft' },
      [
        [null, 6, 5],
        [null, 1],
      ],
      "ClassAwareQueries: mode 'soft' takes one input, the tokens; got 2.",
    ],
    [{ mode: 'soft' }, [[null, 5, 6]], 'ClassAwareQueries: the tokens must be [?, 6, 5], got [?, 5, 6].'],
  ] as const)('rejects %o with inputs %o', (config, shapes, message) => {
    const layer = new ClassAwareQueries({ ...small, ...config });
    expect(() => layer.build(shapes.map((shape) => [...shape]))).toThrow(
      expect.objectContaining({ message }),
    );
  });
});
