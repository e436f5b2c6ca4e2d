import { initParams, type Params } from '@mint/internal/tfjs';
import { expectNoLeak, numericGradient, roundTrip } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import {
  ClassAwareQueries,
  type ClassQueryConfig,
  classMixture,
  classPrompt,
  classQueries,
  classQuerySpecs,
  fourierFeatures,
} from './index.js';

const small = {
  classes: 3,
  channels: 5,
  grid: [2, 3],
  hidden: 11,
  decoderLayers: 2,
  embedding: 7,
  trunkWidth: 13,
  classifierWidth: 17,
} as const satisfies ClassQueryConfig;
const fourier: ClassQueryConfig = { ...small, generator: 'fourier', residual: true };
const table: ClassQueryConfig = { ...small, generator: 'table' };

test('Fourier features are sines and cosines of whole waves, none twice, none constant', async () => {
  const features = await fourierFeatures(3, 5).array();
  expect(features).toHaveLength(15);
  const waves = Array.from({ length: 7 * 7 }, (_, i) => [Math.floor(i / 7) - 3, (i % 7) - 3] as const).filter(
    ([a, b]) => a > 0 || (a === 0 && b > 0),
  );
  expect(waves).toHaveLength(24);
  // Token 7 of a 3 x 5 grid is row 1, column 2: the centre. Token 9 lies at (0, 1), token 3 at (−1, ½).
  for (const [token, y, x] of [
    [7, 0, 0],
    [9, 0, 1],
    [3, -1, 0.5],
  ] as const) {
    const phases = waves.map(([a, b]) => Math.PI * (a * y + b * x));
    expect(tf.tensor1d(features[token] ?? [])).toBeAllClose(
      [...phases.map(Math.sin), ...phases.map(Math.cos)],
      { rtol: 0, atol: 2e-6 },
    );
  }
});

test('queries from Fourier features follow their formula', async () => {
  const params = initParams(classQuerySpecs({ ...fourier, residual: false }), 1);
  for (const [name, value] of Object.entries(params)) {
    if (name.endsWith('bias')) params[name] = tf.randomNormal(value.shape, 0, 0.3, 'float32', 2);
  }
  const prompt = tf.randomNormal([2, 7], 0, 1, 'float32', 3) as tf.Tensor2D;
  const rows = await fourierFeatures(2, 3).array();
  const matrix = async (name: string) => (params[name] as tf.Tensor2D).array();
  const vector = async (name: string) => (params[name] as tf.Tensor1D).array();
  const [wx, wp, b] = [
    await matrix('inr/coord/kernel'),
    await matrix('inr/prompt/kernel'),
    await vector('inr/prompt/bias'),
  ];
  const dense = (x: readonly number[], kernel: readonly number[][], bias: readonly number[]) =>
    bias.map((start, out) =>
      x.reduce((sum, value, i) => sum + value * (kernel[i]?.[out] ?? Number.NaN), start),
    );
  const relu = (x: readonly number[]) => x.map((value) => Math.max(0, value));
  const zeros = b.map(() => 0);
  const [w1, b1] = [await matrix('inr/hidden/0/kernel'), await vector('inr/hidden/0/bias')];
  const [w2, b2] = [await matrix('inr/hidden/1/kernel'), await vector('inr/hidden/1/bias')];
  const [head, headBias] = [await matrix('queryHead/1/kernel'), await vector('queryHead/1/bias')];
  const expected = (await prompt.array()).flatMap((p) =>
    rows.flatMap((phi) => {
      const shift = dense(p, wp, b);
      const first = relu(dense(phi, wx, zeros).map((value, i) => value + (shift[i] ?? Number.NaN)));
      return dense(relu(dense(relu(dense(first, w1, b1)), w2, b2)), head, headBias);
    }),
  );
  const { queries } = classQueries(params, { ...fourier, residual: false }, prompt);
  expect(tf.reshape(queries[1] as tf.Tensor, [-1])).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 });
});

test('table queries mix the tables of the classes; the tables of all layers start equal', async () => {
  const params = initParams(classQuerySpecs(table), 4);
  const [first, second] = [params['queryTable/0'], params['queryTable/1']] as [tf.Tensor2D, tf.Tensor2D];
  expect([...first.dataSync()]).toEqual([...second.dataSync()]);
  params['queryTable/1'] = tf.randomNormal([3, 66], 0, 1, 'float32', 5);
  const mixture = tf.tensor2d([
    [0.25, 0.75, 0],
    [0, 0, 1],
  ]);
  const tables = await (params['queryTable/1'] as tf.Tensor2D).array();
  const mixed = tables[0]?.map((value, i) => 0.25 * value + 0.75 * (tables[1]?.[i] ?? Number.NaN)) ?? [];
  const { queries, mu, logVar } = classQueries(params, table, mixture);
  expect([mu, logVar]).toEqual([undefined, undefined]);
  expect(queries[1]?.shape).toEqual([2, 6, 11]);
  expect(tf.reshape(queries[1] as tf.Tensor, [-1])).toBeAllClose([...mixed, ...(tables[2] ?? [])]);
});

test('tables have no weights beside their own and the classifier’s', () => {
  const names = Object.keys(classQuerySpecs(table)).filter((name) => !name.startsWith('classifier/'));
  expect(names).toEqual(['queryTable/0', 'queryTable/1']);
});

test('a class mixture is the posterior, its largest class or the label', () => {
  const posterior = tf.tensor2d([
    [0.2, 0.5, 0.3],
    [0.6, 0.1, 0.3],
  ]);
  expect(classMixture('soft', { posterior })).toBeAllClose(posterior, { rtol: 0, atol: 0 });
  expect([...classMixture('hard', { posterior }).dataSync()]).toEqual([0, 1, 0, 1, 0, 0]);
  const labels = tf.tensor1d([2, 1], 'int32');
  expect([...classMixture('label', { posterior, labels }).dataSync()]).toEqual([0, 0, 1, 0, 1, 0]);
});

test.each([
  ['fourier', fourier],
  ['table', table],
] as const)('gradients match central differences: %s', (_, config) => {
  const params = initParams(classQuerySpecs(config), 6);
  const posterior = tf.softmax(tf.randomNormal([4, 3], 0, 1, 'float32', 7)) as tf.Tensor2D;
  const penultimate = tf.zeros<tf.Rank.R2>([4, 17]);
  const loss = (changed: Params): tf.Scalar => {
    const all = { ...params, ...changed };
    const prompt =
      config.generator === 'table'
        ? classMixture('soft', { posterior })
        : classPrompt(all, 'soft', { posterior, penultimate });
    const { queries } = classQueries(all, config, prompt);
    return tf.addN(queries.map((part, i) => tf.mul(i + 1, tf.mean(tf.square(part))))) as tf.Scalar;
  };
  const names = Object.keys(params).filter(
    (name) => !name.startsWith('classifier/') && !name.startsWith('priorHead/'),
  );
  expect(names).toHaveLength(config.generator === 'table' ? 2 : 14);
  for (const name of names) {
    const value = params[name] as tf.Tensor;
    const f = (x: tf.Tensor) => loss({ [name]: x });
    const numeric = numericGradient(f, value);
    const scale = Math.max(...numeric.map(Math.abs));
    expect(tf.reshape(tf.grad(f)(value), [-1]), name).toBeAllClose(numeric, {
      rtol: 2e-2,
      atol: 2e-2 * scale,
    });
  }
});

test.each([
  ['fourier', fourier],
  ['table', table],
] as const)(
  'as a layer: saved and loaded it is the same, bit for bit, and nothing leaks: %s',
  async (_, config) => {
    const layer = new ClassAwareQueries({ ...config, seed: 8 });
    const tokens = input({ shape: [6, 5] });
    const net = model({ inputs: tokens, outputs: layer.apply(tokens) as SymbolicTensor[] });
    const loaded = await roundTrip(net);
    const x = tf.randomNormal([4, 6, 5], 0, 1, 'float32', 9);
    const [before, after] = [net.predict(x) as tf.Tensor[], loaded.predict(x) as tf.Tensor[]];
    expect(before).toHaveLength(config.generator === 'table' ? 3 : 5);
    before.forEach((output, i) => {
      expect(after[i]).toBeAllClose(output, { rtol: 0, atol: 0 });
    });
    expectNoLeak(() => layer.apply(x) as tf.Tensor[]);
  },
);

test.each([{ mode: 'feature' }, { priorHead: true }, { residual: true }] as const)(
  'tables refuse what they cannot have: %o',
  (option) => {
    expect(() => classQuerySpecs({ ...table, ...option })).toThrow(
      "classQuerySpecs: generator 'table' goes with neither mode 'feature' nor `priorHead` nor `residual`; leave them out or use generator 'siren'.",
    );
  },
);
