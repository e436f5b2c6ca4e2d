import { readFileSync } from 'node:fs';
import { classificationLoss, priorLoss, reconstructionLoss, weightedSum } from '@mint/losses';
import { readSafetensors } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type DetectorConfig, forward, networkSpecs, PAPER_CONFIG, tokenMap } from '../index.js';

// The whole class-aware network against PyTorch: `mint-tiny` of the golden vectors.
const golden = readSafetensors(new URL('../__fixtures__/mint-tiny.safetensors', import.meta.url)).tensors;
const { losses }: { losses: Record<string, { mse: number; ce: number; prior: number; total: number }> } =
  JSON.parse(readFileSync(new URL('../__fixtures__/mint-tiny.json', import.meta.url), 'utf8'));

const value = (name: string): tf.Tensor => {
  const found = golden[name];
  if (found === undefined) throw new Error(`no golden tensor ${name}`);
  const data = found.data instanceof Float64Array ? Float32Array.from(found.data) : found.data;
  return tf.tensor(data, [...found.shape], data instanceof Float32Array ? 'float32' : 'int32');
};
const group = (prefix: string): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.keys(golden).flatMap((name) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value(name)] as const] : [],
    ),
  );

const config = (mode: DetectorConfig['queries']['mode']): DetectorConfig => ({
  ...PAPER_CONFIG,
  classes: ['a', 'b', 'c'],
  grid: [6, 6],
  network: { hidden: 32, heads: 4, feedForward: 64, encoderLayers: 2, decoderLayers: 2, window: [3, 3] },
  queries: {
    mode,
    embedding: 8,
    trunkWidth: 16,
    trunkLayers: 3,
    omega0: 30,
    classifierWidth: 12,
    residual: false,
  },
});

const tokens = tf.reshape(value('input/features'), [4, 36, 20]) as tf.Tensor3D;
const noise = tf.reshape(value('input/jitterNoise'), [4, 36, 20]) as tf.Tensor3D;
const labels = value('input/labels') as tf.Tensor1D;
const stats = {
  mean: value('input/channelMean') as tf.Tensor1D,
  std: value('input/channelStd') as tf.Tensor1D,
};

function lossOf(
  params: Record<string, tf.Tensor>,
  mode: DetectorConfig['queries']['mode'],
  jittered: boolean,
) {
  const out = forward(params, config(mode), tokens, { labels, ...(jittered ? { noise } : {}) });
  if (!out.logits || !out.mu || !out.logVar) throw new Error('the class-aware network gives all outputs');
  const parts = {
    mse: reconstructionLoss(out.reconstruction, tokens),
    ce: classificationLoss(out.logits, labels),
    prior: priorLoss(tokens, out.mu, out.logVar, stats),
  };
  return { out, parts, total: weightedSum(parts).total };
}

describe('forward(), our reading of MINT-AD', () => {
  test.each(['soft', 'label', 'hard'] as const)('equals PyTorch in evaluation: %s', (mode) => {
    const { out, parts } = lossOf(group('weight/'), mode, false);
    expect(out.reconstruction).toBeAllClose(
      tf.reshape(value(`expected/${mode}/reconstruction`), [4, 36, 20]),
      { atol: 5e-5 },
    );
    expect(tokenMap(tf.sub(out.reconstruction, tokens), [6, 6])).toBeAllClose(value(`expected/${mode}/map`), {
      atol: 5e-5,
    });
    const want = losses[`eval/${mode}`];
    expect(parts.mse).toBeAllClose(want?.mse ?? Number.NaN, { rtol: 2e-5, atol: 0 });
    expect(parts.ce).toBeAllClose(want?.ce ?? Number.NaN, { rtol: 2e-5, atol: 0 });
    expect(parts.prior).toBeAllClose(want?.prior ?? Number.NaN, { rtol: 2e-5, atol: 0 });
  });

  test.each(['soft', 'label'] as const)('gives the gradients of PyTorch with jitter: %s', (mode) => {
    const weights = group('weight/');
    const names = Object.keys(weights);
    const variables = Object.fromEntries(
      names.map((name) => [name, tf.variable(weights[name] as tf.Tensor)]),
    );
    const { value: total, grads } = tf.variableGrads(
      () => lossOf(variables, mode, true).total,
      Object.values(variables),
    );
    expect(total).toBeAllClose(losses[`train/${mode}`]?.total ?? Number.NaN, { rtol: 2e-5, atol: 0 });
    for (const name of names) {
      const want = value(`gradient.${mode}/${name}`);
      const gradient = grads[variables[name]?.name ?? ''];
      if (gradient === undefined) throw new Error(`no gradient for ${name}`);
      // The true gradient of a key bias is 0; in float32 it is noise (golden README, section 1).
      const largest = tf.max(tf.abs(want)).dataSync()[0] ?? 0;
      expect(gradient, name).toBeAllClose(want, { rtol: 0, atol: 1e-4 * largest + 1e-6 });
    }
  });
});

test('UniAD at full size has 7,717,392 trainable weights', () => {
  const specs = networkSpecs({ ...PAPER_CONFIG, model: 'uniad', classes: ['a'] });
  const count = Object.values(specs).reduce((sum, { shape }) => sum + shape.reduce((n, d) => n * d, 1), 0);
  expect(count).toBe(7_717_392);
});
