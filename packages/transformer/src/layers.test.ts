import { Random } from '@mint/internal';
import { roundTrip } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import {
  additiveMask,
  DecoderLayer,
  EncoderLayer,
  layerNorm,
  multiHeadAttention,
  NeighbourMaskedAttention,
  PositionEmbedding,
  ReconstructionTransformer,
} from './index.js';

const [N, D] = [6, 8];
const neighbourMask = { grid: [2, 3], window: [1, 1] } as const;
const block = { heads: 2, neighbourMask, dropout: 0, seed: 3 };
const layer = { ...block, feedForward: 11 };

const random = new Random(1);
const draw = <R extends tf.Rank = tf.Rank.R3>(shape: number[]): tf.Tensor<R> =>
  tf.tensor<R>(
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
    shape as tf.ShapeMap[R],
  );
const tokens = () => input({ shape: [N, D] });

/** UniAD's stack put together by hand, with given queries: 1 encoder layer, 2 decoder layers. */
function stack(dropout = 0): LayersModel {
  const [x, q0, q1] = [input({ shape: [N, 5] }), tokens(), tokens()];
  const options = { ...layer, dropout };
  const projected = layers.dense({ units: D, name: 'inputProj' }).apply(x) as SymbolicTensor;
  const position = new PositionEmbedding({ grid: [2, 3], seed: 3, name: 'position' }).apply(
    projected,
  ) as SymbolicTensor;
  const memory = new EncoderLayer({ ...options, name: 'encoder' }).apply([
    projected,
    position,
  ]) as SymbolicTensor;
  const first = new DecoderLayer({ ...options, name: 'decoder0' }).apply([
    q0,
    memory,
    position,
  ]) as SymbolicTensor;
  const second = new DecoderLayer({ ...options, seed: 4, name: 'decoder1' }).apply([
    q1,
    memory,
    position,
    first,
  ]) as SymbolicTensor;
  return model({ inputs: [x, q0, q1], outputs: second });
}

/** Weights by name without tfjs' prefix of the layer and suffix of repetition. */
const weightsOf = (name: string, net: LayersModel): [string, tf.Tensor][] =>
  net.getLayer(name).weights.map((w) => [w.originalName.slice(name.length + 1), w.read()]);

test('the layers together compute what the reconstruction network does', () => {
  const net = stack();
  const [x, q0, q1] = [draw([3, N, 5]), draw([3, N, D]), draw([3, N, D])];
  const whole = new ReconstructionTransformer({
    channels: 5,
    grid: [2, 3],
    hidden: D,
    heads: 2,
    feedForward: 11,
    encoderLayers: 1,
    decoderLayers: 2,
    window: [1, 1],
    queries: 'given',
  });
  whole.apply([x, q0, q1]);
  const [gamma, beta, bias] = [draw([D]), draw([D]), draw([5])];
  const out = draw<tf.Rank.R2>([D, 5]);
  const named = new Map<string, tf.Tensor>([
    ...weightsOf('inputProj', net).map(([name, w]): [string, tf.Tensor] => [`inputProj/${name}`, w]),
    ...weightsOf('position', net),
    ...weightsOf('encoder', net).map(([name, w]): [string, tf.Tensor] => [
      name.replace('encoder/', 'encoder/0/'),
      w,
    ]),
    ...[0, 1].flatMap((i) =>
      weightsOf(`decoder${i}`, net).map(([name, w]): [string, tf.Tensor] => [
        name.replace('decoder/', `decoder/${i}/`),
        w,
      ]),
    ),
    ['decoder/norm/gamma', gamma],
    ['decoder/norm/beta', beta],
    ['outputProj/kernel', out],
    ['outputProj/bias', bias],
  ]);
  whole.setWeights(
    whole.weights.map((w) => {
      const value = named.get(w.originalName.replace(/^[^/]*\//, ''));
      if (value === undefined) throw new Error(`no weight for ${w.originalName}`);
      return value;
    }),
  );
  const decoded = layerNorm(net.predict([x, q0, q1]) as tf.Tensor, gamma, beta);
  const want = tf.add(tf.reshape(tf.matMul(tf.reshape(decoded, [-1, D]), out), [3, N, 5]), bias);
  expect(whole.apply([x, q0, q1]) as tf.Tensor).toBeAllClose(want, { rtol: 1e-5, atol: 1e-5 });
});

test('the stack trains every weight and saves bit-equal', async () => {
  const net = stack(0.1);
  const before = net.getWeights().map((w) => w.clone());
  const inputs = [draw([16, N, 5]), draw([16, N, D]), draw([16, N, D])];
  const target = draw([16, N, D]);
  net.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
  await net.fit(inputs, target, { epochs: 3, batchSize: 16, shuffle: false, verbose: 0 });
  net.getWeights().forEach((weight, i) => {
    const name = net.weights[i]?.originalName;
    // The gradient of a key bias is 0: softmax does not see a constant added to all keys.
    if (name?.endsWith('/k/bias')) return;
    expect(weight, name).not.toBeAllClose(before[i] as tf.Tensor, { rtol: 0, atol: 0 });
  });
  const loaded = await roundTrip(net);
  expect(loaded.predict(inputs) as tf.Tensor).toBeAllClose(net.predict(inputs) as tf.Tensor, {
    rtol: 0,
    atol: 0,
  });
  expect(loaded.layers.map((l) => l.getConfig())).toEqual(net.layers.map((l) => l.getConfig()));
});

describe('NeighbourMaskedAttention', () => {
  test('is multiHeadAttention with its weights; one input attends to itself', () => {
    const attention = new NeighbourMaskedAttention(block);
    const [q, k, v] = [draw([2, N, D]), draw([2, N, D]), draw([2, N, D])];
    const got = attention.apply([q, k, v]) as tf.Tensor;
    const params = Object.fromEntries(
      attention.weights.map((w) => [w.originalName.replace(/^[^/]*\//, ''), w.read()]),
    );
    const context = { heads: 2, mask: additiveMask([2, 3], [1, 1]) };
    expect(got).toBeAllClose(multiHeadAttention(params, 'attn', q, k, v, context), { rtol: 0, atol: 0 });
    expect(attention.apply(q) as tf.Tensor).toBeAllClose(attention.apply([q, q, q]) as tf.Tensor, {
      rtol: 0,
      atol: 0,
    });
  });

  test('a token does not see itself', () => {
    const attention = new NeighbourMaskedAttention(block);
    const [q, k, v] = [draw([1, N, D]), draw([1, N, D]), draw([1, N, D])];
    const moved = tf.add(v, tf.tensor3d([1, 0, 0, 0, 0, 0], [1, N, 1]));
    const shift = tf.sub(
      attention.apply([q, k, moved]) as tf.Tensor,
      attention.apply([q, k, v]) as tf.Tensor,
    );
    const lengths = tf.norm(shift, 'euclidean', -1).dataSync();
    expect(lengths[0]).toBe(0);
    expect(Math.min(...lengths.slice(1))).toBeGreaterThan(0);
  });

  test('drops values in training only, different values at each call', () => {
    const attention = new NeighbourMaskedAttention({ ...block, dropout: 0.5 });
    const x = draw([1, N, D]);
    const [still, once, twice] = [false, true, true].map(
      (training) => attention.apply(x, { training }) as tf.Tensor,
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    expect(attention.apply(x) as tf.Tensor).toBeAllClose(still, { rtol: 0, atol: 0 });
    expect(once).not.toBeAllClose(still);
    expect(twice).not.toBeAllClose(once);
  });
});

test('dispose frees weights and random pools', () => {
  const before = tf.memory().numTensors;
  const x = draw([2, N, D]);
  const encoder = new EncoderLayer({ ...layer, dropout: 0.2 });
  const decoder = new DecoderLayer({ ...layer, dropout: 0.2 });
  tf.dispose([
    encoder.apply([x, x], { training: true }),
    decoder.apply([x, x, x], { training: true }),
  ] as tf.Tensor[]);
  encoder.dispose();
  decoder.dispose();
  x.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('layers without a seed differ, and their config repeats them', () => {
  const [a, b] = [
    new EncoderLayer({ heads: 2, feedForward: 11 }),
    new EncoderLayer({ heads: 2, feedForward: 11 }),
  ];
  const x = draw([1, N, D]);
  const ya = a.apply([x, x]) as tf.Tensor;
  expect(b.apply([x, x]) as tf.Tensor).not.toBeAllClose(ya);
  expect(new EncoderLayer({ ...a.options }).apply([x, x]) as tf.Tensor).toBeAllClose(ya, {
    rtol: 0,
    atol: 0,
  });
});

test.each([
  [
    () => new EncoderLayer({ ...layer, heads: 3 }).apply([draw([1, N, D]), draw([1, N, D])]),
    'divisible by `heads`',
  ],
  [() => new EncoderLayer(layer).apply([draw([N, D]), draw([N, D])]), 'at least 3 axes'],
  [() => new EncoderLayer({ ...layer, feedForward: 0 }), '`feedForward` must be'],
  [() => new DecoderLayer(layer).apply(draw([1, N, D])), 'needs 3 or 4 input(s), got 1'],
  [
    () => new NeighbourMaskedAttention(block).apply([draw([1, N, D]), draw([1, N, D])]),
    'needs 1 or 3 input(s), got 2',
  ],
  [() => new PositionEmbedding({ grid: [2, 2] }).apply(draw([1, N, D])), 'needs tokens [B, 4, even width]'],
])('refuses options and inputs that do not fit: %#', (make, message) => {
  expect(make).toThrow(message);
});
