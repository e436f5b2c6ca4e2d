import { readFileSync } from 'node:fs';
import { readSafetensors } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  blockContext,
  decoderLayer,
  encoderLayer,
  jitter,
  layerNorm,
  neighbourMask,
  type ReconstructionConfig,
  reconstruct,
  reconstructionSpecs,
  UNIAD,
} from './index.js';

// UniAD's transformer against PyTorch: `uniad-tiny` of the golden vectors.
const { tensors } = readSafetensors(new URL('./__fixtures__/uniad-tiny.safetensors', import.meta.url));
const golden: { lossBeforeStep: number[]; lossAfter3Steps: number; gradNormBeforeClip: number[] } =
  JSON.parse(readFileSync(new URL('./__fixtures__/uniad-tiny.json', import.meta.url), 'utf8'));
const config: ReconstructionConfig = {
  channels: 20,
  grid: [6, 6],
  hidden: 32,
  heads: 4,
  feedForward: 64,
  encoderLayers: 2,
  decoderLayers: 2,
  window: [3, 3],
  queries: 'learned',
};
const value = (name: string): tf.Tensor => {
  const found = tensors[name];
  if (!(found?.data instanceof Float32Array)) throw new Error(`no golden tensor ${name}`);
  return tf.tensor(found.data, [...found.shape]);
};
const names = Object.keys(tensors).flatMap((name) =>
  name.startsWith('weight/') ? [name.slice('weight/'.length)] : [],
);
const weights = (): Record<string, tf.Tensor> =>
  Object.fromEntries(names.map((name) => [name, value(`weight/${name}`)]));
const tokensOf = (name: string): tf.Tensor3D => tf.reshape(value(name), [2, 36, 20]);
const isKeyBias = (name: string): boolean => name.endsWith('/k/bias');

test('the specification names exactly the golden weights, with their shapes', () => {
  const specs = reconstructionSpecs(config);
  expect(Object.keys(specs).sort()).toEqual([...names].sort());
  for (const name of names) expect(specs[name]?.shape, name).toEqual(tensors[`weight/${name}`]?.shape);
});

test('evaluation equals PyTorch, layer by layer and as a whole', () => {
  const params = weights();
  const context = blockContext(params, config);
  const dense = (x: tf.Tensor, name: string) =>
    tf.add(tf.matMul(x, value(`weight/${name}/kernel`) as tf.Tensor2D), value(`weight/${name}/bias`));
  const flat = tf.reshape(tokensOf('input/features'), [72, 20]);
  let memory = tf.reshape(dense(flat, 'inputProj'), [2, 36, 32]) as tf.Tensor3D;
  for (let i = 0; i < 2; i++) {
    memory = encoderLayer(params, `encoder/${i}`, memory, context);
    expect(memory, `encoder ${i}`).toBeAllClose(value(`expected/layer/encoder/${i}`), {
      rtol: 0,
      atol: 2e-5,
    });
  }
  let output = memory;
  for (let i = 0; i < 2; i++) {
    const query = tf.expandDims(value(`weight/decoder/${i}/query`), 0) as tf.Tensor3D;
    output = decoderLayer(params, `decoder/${i}`, query, memory, output, context);
    expect(output, `decoder ${i}`).toBeAllClose(value(`expected/layer/decoder/${i}`), {
      rtol: 0,
      atol: 2e-5,
    });
  }
  const decoded = layerNorm(output, value('weight/decoder/norm/gamma'), value('weight/decoder/norm/beta'));
  expect(decoded).toBeAllClose(value('expected/decoder'), { rtol: 0, atol: 2e-5 });
  const reconstruction = reconstruct(params, config, tokensOf('input/features'));
  expect(reconstruction).toBeAllClose(tokensOf('expected/reconstruction'), { rtol: 0, atol: 2e-5 });
});

test('given queries, a copy for each image, equal the learned table that the batch shares', () => {
  const params = weights();
  const tokens = tokensOf('input/features');
  const queries = [0, 1].map((i) => tf.tile(tf.expandDims(value(`weight/decoder/${i}/query`), 0), [2, 1, 1]));
  const given = reconstruct(params, { ...config, queries: 'given' }, tokens, { queries });
  expect(given).toBeAllClose(tokensOf('expected/reconstruction'), { rtol: 0, atol: 2e-5 });
});

describe('training', () => {
  const variables = Object.fromEntries(Object.entries(weights()).map(([name, w]) => [name, tf.variable(w)]));
  const target = tokensOf('input/features');
  const lossAndGradients = () => {
    const { value: loss, grads } = tf.variableGrads(() => {
      const noisy = jitter(target, tokensOf('input/jitterNoise'));
      return tf.mean(tf.squaredDifference(reconstruct(variables, config, noisy), target)) as tf.Scalar;
    }, Object.values(variables));
    return {
      loss,
      gradients: Object.fromEntries(
        names.map((name) => [name, grads[variables[name]?.name ?? ''] as tf.Tensor]),
      ),
    };
  };

  test('gradients of the first step equal PyTorch', () => {
    const { loss, gradients } = lossAndGradients();
    expect(loss).toBeAllClose(golden.lossBeforeStep[0] ?? Number.NaN, { rtol: 0, atol: 5e-6 });
    for (const name of names) {
      const want = value(`gradient/${name}`);
      const largest = tf.max(tf.abs(want)).dataSync()[0] ?? 0;
      // Adding a constant to all keys changes nothing: the true gradient of a key bias is 0.
      const atol = isKeyBias(name) ? 1e-6 : 1e-4 * largest + 1e-7;
      expect(gradients[name], name).toBeAllClose(want, { rtol: 0, atol });
    }
  });

  test('three clipped AdamW steps end at the weights of PyTorch', () => {
    const moments = Object.fromEntries(names.map((name) => [name, { m: tf.tensor(0), v: tf.tensor(0) }]));
    const [lr, decay, clip] = [1e-3, 1e-4, 0.1];
    for (let t = 1; t <= 3; t++) {
      const { loss, gradients } = lossAndGradients();
      expect(loss).toBeAllClose(golden.lossBeforeStep[t - 1] ?? Number.NaN, { rtol: 0, atol: 5e-6 });
      const norm = Math.sqrt(
        Object.values(gradients).reduce((sum, g) => sum + (tf.sum(tf.square(g)).dataSync()[0] ?? 0), 0),
      );
      expect(Math.abs(norm - (golden.gradNormBeforeClip[t - 1] ?? Number.NaN))).toBeLessThan(2e-5);
      for (const name of names) {
        const g = tf.mul(gradients[name] as tf.Tensor, Math.min(1, clip / (norm + 1e-6)));
        const old = moments[name] as { m: tf.Tensor; v: tf.Tensor };
        const m = tf.add(tf.mul(old.m, 0.9), tf.mul(g, 0.1));
        const v = tf.add(tf.mul(old.v, 0.999), tf.mul(tf.square(g), 0.001));
        moments[name] = { m, v };
        const root = tf.add(tf.div(tf.sqrt(v), Math.sqrt(1 - 0.999 ** t)), 1e-8);
        const variable = variables[name] as tf.Variable;
        variable.assign(
          tf.sub(tf.mul(variable, 1 - lr * decay), tf.mul(tf.div(m, root), lr / (1 - 0.9 ** t))),
        );
      }
    }
    expect(lossAndGradients().loss).toBeAllClose(golden.lossAfter3Steps, { rtol: 0, atol: 5e-6 });
    for (const name of names) {
      // Where the gradient is rounding noise, Adam's direction is too.
      const atol = isKeyBias(name) ? 3e-3 : 5e-5;
      expect(variables[name], name).toBeAllClose(value(`after3/${name}`), { rtol: 0, atol });
    }
  });
});

test.each([
  ['grid14x14_window7x7', [14, 14], [7, 7]],
  ['grid6x6_window3x5', [6, 6], [3, 5]],
] as const)('neighbour mask %s is exact', (name, grid, window) => {
  const masks = readSafetensors(
    new URL('./__fixtures__/neighbour-masks.safetensors', import.meta.url),
  ).tensors;
  expect(neighbourMask(grid, window)).toEqual(masks[name]?.data);
});

test('UniAD at full size has 7,717,392 weights', () => {
  const specs = reconstructionSpecs({ ...UNIAD, channels: 272, queries: 'learned' });
  expect(Object.values(specs).reduce((sum, { shape }) => sum + shape.reduce((n, d) => n * d, 1), 0)).toBe(
    7_717_392,
  );
});
