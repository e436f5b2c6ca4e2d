import { Random } from '@mint/internal';
import { roundTrip } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { ReconstructionTransformer, type ReconstructionTransformerConfig, reconstruct } from './index.js';

const config: ReconstructionTransformerConfig = {
  channels: 5,
  grid: [2, 3],
  hidden: 8,
  heads: 2,
  feedForward: 11,
  encoderLayers: 1,
  decoderLayers: 2,
  window: [1, 1],
  queries: 'learned',
  dropout: 0,
  jitter: false,
  seed: 3,
};
const random = new Random(1);
const draw = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
    shape,
  );
const build = (layer: ReconstructionTransformer) => {
  const tokens = input({ shape: [6, 5] });
  return model({ inputs: tokens, outputs: layer.apply(tokens) as SymbolicTensor });
};

describe('ReconstructionTransformer', () => {
  test('computes reconstruct() with its weights, and equal seeds give equal weights', () => {
    const [a, b] = [
      build(new ReconstructionTransformer(config)),
      build(new ReconstructionTransformer(config)),
    ];
    const x = draw([4, 6, 5]) as tf.Tensor3D;
    const params = Object.fromEntries(
      a.weights.map((w) => [w.originalName.replace(/^[^/]*\//, ''), w.read()]),
    );
    const want = reconstruct(params, config, x);
    expect(a.predict(x) as tf.Tensor).toBeAllClose(want, { rtol: 0, atol: 0 });
    expect(b.predict(x) as tf.Tensor).toBeAllClose(want, { rtol: 0, atol: 0 });
  });

  test('given queries are further inputs', () => {
    const layer = new ReconstructionTransformer({ ...config, queries: 'given' });
    const [x, q0, q1] = [draw([3, 6, 5]), draw([3, 6, 8]), draw([3, 6, 8])];
    const y = layer.apply([x, q0, q1]) as tf.Tensor;
    const swapped = layer.apply([x, q1, q0]) as tf.Tensor;
    expect(y.shape).toEqual([3, 6, 5]);
    expect(swapped).not.toBeAllClose(y);
    expect(() => new ReconstructionTransformer({ ...config, queries: 'given' }).apply(x)).toThrow(
      'needs 3 input(s)',
    );
  });

  test('trains every weight, and the loss falls', async () => {
    const net = build(new ReconstructionTransformer({ ...config, dropout: 0.1, jitter: true }));
    const before = net.getWeights().map((w) => w.clone());
    net.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
    const x = draw([16, 6, 5]);
    const { history } = await net.fit(x, x, { epochs: 60, batchSize: 16, shuffle: false, verbose: 0 });
    const losses = history.loss as number[];
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number));
    net.getWeights().forEach((weight, i) => {
      // The gradient of a key bias is 0: softmax does not see a constant added to all keys.
      if (net.weights[i]?.originalName.endsWith('/k/bias')) return;
      expect(weight, net.weights[i]?.originalName).not.toBeAllClose(before[i] as tf.Tensor, {
        rtol: 0,
        atol: 0,
      });
    });
  });

  test('saves and loads bit-equal', async () => {
    const net = build(new ReconstructionTransformer(config));
    const x = draw([2, 6, 5]);
    const loaded = await roundTrip(net);
    expect(loaded.predict(x) as tf.Tensor).toBeAllClose(net.predict(x) as tf.Tensor, { rtol: 0, atol: 0 });
    expect(loaded.layers[1]?.getConfig()).toEqual(net.layers[1]?.getConfig());
  });

  test('dispose frees weights and random pools', () => {
    const before = tf.memory().numTensors;
    const layer = new ReconstructionTransformer({ ...config, dropout: 0.2, jitter: true });
    const x = draw([2, 6, 5]);
    tf.dispose(layer.apply(x, { training: true }) as tf.Tensor);
    layer.dispose();
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    [{ hidden: 9 }, '`hidden` must be even and divisible'],
    [{ heads: 3 }, '`hidden` must be even and divisible'],
    [{ encoderLayers: 0 }, '`encoderLayers` must be an integer of at least 1'],
  ])('refuses %o', (change, message) => {
    expect(() => new ReconstructionTransformer({ ...config, ...change })).toThrow(message);
  });
});
