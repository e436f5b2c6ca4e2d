import { initParams, type Params } from '@mint/internal/tfjs';
import { expectNoLeak, numericGradient } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { golden, goldenConfig, goldenTokens, goldenWeights } from './__fixtures__/golden.js';
import {
  type ClassQueryConfig,
  classify,
  classPrompt,
  classQueries,
  classQuerySpecs,
  type PromptMode,
  sineTrunk,
} from './index.js';

// Sizes that cannot be mistaken for each other; ω₀ = 2 keeps finite differences exact in float32.
const small: ClassQueryConfig = {
  classes: 3,
  channels: 5,
  grid: [2, 3],
  hidden: 11,
  decoderLayers: 2,
  embedding: 7,
  trunkWidth: 13,
  omega0: 2,
  classifierWidth: 17,
};
const smallTokens = (batch: number, seed: number) =>
  tf.randomNormal([batch, 6, 5], 0, 1, 'float32', seed) as tf.Tensor3D;
const labels = tf.tensor1d([2, 0, 2, 1], 'int32');

/** Everything from tokens to queries. */
function run(params: Params, config: ClassQueryConfig, tokens: tf.Tensor3D, given?: tf.Tensor1D) {
  const classified = classify(params, tokens);
  const prompt = classPrompt(params, config.mode ?? 'soft', { ...classified, labels: given });
  return { ...classified, prompt, ...classQueries(params, config, prompt) };
}

function variablesOf(weights: Record<string, tf.Tensor>): Record<string, tf.Variable> {
  return Object.fromEntries(Object.entries(weights).map(([name, value]) => [name, tf.variable(value)]));
}

/** Gradient of `loss` for each variable that has one, by the names of `variables`. */
function gradients(variables: Record<string, tf.Variable>, loss: () => tf.Scalar): Record<string, tf.Tensor> {
  const { grads } = tf.variableGrads(loss, Object.values(variables));
  const named = Object.entries(variables).map(([name, variable]) => [name, grads[variable.name]] as const);
  return Object.fromEntries(named.filter((entry): entry is [string, tf.Tensor] => entry[1] != null));
}

const crossEntropy = (logits: tf.Tensor2D, classes: tf.Tensor1D): tf.Scalar =>
  tf.neg(
    tf.mean(tf.sum(tf.mul(tf.oneHot(classes, logits.shape[1], 1, 0, 'float32'), tf.logSoftmax(logits)), 1)),
  ) as tf.Scalar;

describe('equals PyTorch', () => {
  const atol = { rtol: 0, atol: 5e-5 };

  test('classifier', () => {
    const { logits, posterior } = classify(goldenWeights(), goldenTokens());
    expect(logits).toBeAllClose(golden('expected/logits'), atol);
    expect(posterior).toBeAllClose(golden('expected/posterior'), { rtol: 0, atol: 5e-6 });
  });

  test.each(['soft', 'label', 'hard'] as const)('prompt, trunk, queries and prior: %s', (mode) => {
    const [params, config] = [goldenWeights(), goldenConfig(mode)];
    const { prompt, queries, mu, logVar } = run(
      params,
      config,
      goldenTokens(),
      golden('input/labels') as tf.Tensor1D,
    );
    expect(prompt).toBeAllClose(golden(`expected/${mode}/prompt`), atol);
    const trunk = sineTrunk(params, config, prompt);
    expect(trunk).toHaveLength(3);
    trunk.forEach((activation, m) => {
      expect(tf.reshape(activation, [4, 36, 16])).toBeAllClose(golden(`expected/${mode}/inr/${m}`), atol);
    });
    expect(queries).toHaveLength(2);
    queries.forEach((query, l) => {
      expect(query).toBeAllClose(golden(`expected/${mode}/query/${l}`), atol);
    });
    expect(mu).toBeAllClose(golden(`expected/${mode}/mu`), atol);
    expect(logVar).toBeAllClose(golden(`expected/${mode}/s`), atol);
  });

  // The golden gradients are those of the total loss. The classifier gets its from L_CE alone and the prior head from
  // L_Prior alone, so these two parts can be checked without the transformer, although all losses are in play here.
  test.each(['soft', 'label'] as const)('gradients of classifier and prior head: %s', (mode) => {
    const variables = variablesOf(goldenWeights());
    const tokens = goldenTokens();
    const z = tf.div(tf.sub(tokens, golden('input/channelMean')), golden('input/channelStd'));
    const classes = golden('input/labels') as tf.Tensor1D;
    const grads = gradients(variables, () => {
      const { logits, queries, mu, logVar } = run(variables, goldenConfig(mode), tokens, classes);
      if (mu === undefined || logVar === undefined) throw new Error('no prior head');
      const prior = tf.mul(
        0.5,
        tf.mean(tf.add(tf.mul(tf.square(tf.sub(z, mu)), tf.exp(tf.neg(logVar))), logVar)),
      );
      const elsewhere = tf.addN(queries.map((query) => tf.sum(tf.square(query))));
      return tf.addN([crossEntropy(logits, classes), prior, elsewhere]) as tf.Scalar;
    });
    const checked = Object.keys(variables).filter((name) => /^(classifier|priorHead)\//.test(name));
    expect(checked).toHaveLength(10);
    for (const name of checked) {
      const want = golden(`gradient.${mode}/${name}`);
      const largest = tf.max(tf.abs(want)).dataSync()[0] as number;
      expect(grads[name], name).toBeAllClose(want, { rtol: 0, atol: 1e-4 * largest + 1e-6 });
    }
    expect(Object.keys(grads).sort()).toEqual(Object.keys(variables).sort());
  });
});

describe('gradients', () => {
  test.each([
    ['soft', 'classEmbedding'],
    ['label', 'classEmbedding'],
    ['hard', 'classEmbedding'],
    ['feature', 'featurePrompt/kernel'],
  ] as const)('queries teach the prompt but never the classifier: %s', (mode, source) => {
    const config = { ...small, mode };
    const variables = variablesOf(initParams(classQuerySpecs(config), 5));
    const grads = gradients(variables, () => {
      const { queries } = run(variables, config, smallTokens(4, 1), labels);
      return tf.sum(tf.square(queries[0] as tf.Tensor)) as tf.Scalar;
    });
    expect(Object.keys(grads).filter((name) => name.startsWith('classifier/'))).toEqual([]);
    expect(tf.max(tf.abs(grads[source] as tf.Tensor)).dataSync()[0]).toBeGreaterThan(1e-3);
  });

  test('of all trunk and head weights match central differences', () => {
    const config: ClassQueryConfig = { ...small, mode: 'label', residual: true };
    const params = initParams(classQuerySpecs(config), 6);
    for (const name of ['mean', 'logVar'])
      params[`priorHead/${name}/kernel`] = tf.randomNormal([13, 5], 0, 1, 'float32', 8);
    const tokens = smallTokens(4, 2);
    const loss = (changed: Params): tf.Scalar => {
      const { queries, mu, logVar } = run({ ...params, ...changed }, config, tokens, labels);
      if (mu === undefined || logVar === undefined) throw new Error('no prior head');
      // Squares weigh every output differently, so a mixed-up head shows.
      const terms = [...queries, mu, logVar].map((part, i) => tf.mul(i + 1, tf.mean(tf.square(part))));
      return tf.addN(terms) as tf.Scalar;
    };
    const names = Object.keys(params).filter((name) => !name.startsWith('classifier/'));
    expect(names).toHaveLength(18);
    for (const name of names) {
      const value = params[name] as tf.Tensor;
      const f = (x: tf.Tensor) => loss({ [name]: x });
      // The clamp is not reached: log variances here stay within about ±4.
      const numeric = numericGradient(f, value);
      const scale = Math.max(...numeric.map(Math.abs));
      expect(tf.reshape(tf.grad(f)(value), [-1]), name).toBeAllClose(numeric, {
        rtol: 1e-2,
        atol: 1e-2 * scale,
      });
    }
  });

  test('of the log variance are 0 outside [−6, 6]', () => {
    const params = initParams(classQuerySpecs(small), 7);
    const prompt = tf.randomNormal([1, 7], 0, 1, 'float32', 3) as tf.Tensor2D;
    const sum = (bias: tf.Tensor): tf.Scalar => {
      const { logVar } = classQueries({ ...params, 'priorHead/logVar/bias': bias }, small, prompt);
      return tf.sum(logVar as tf.Tensor) as tf.Scalar;
    };
    // The kernel starts at 0, so the log variance is the bias, at each of 6 positions.
    const bias = tf.tensor1d([-7, -5, 0, 5, 7]);
    expect(sum(bias)).toBeAllClose(6 * (-6 - 5 + 5 + 6));
    expect([...tf.grad(sum)(bias).dataSync()]).toEqual([0, 6, 6, 6, 0]);
  });
});

describe('sineTrunk()', () => {
  test('follows its formula on a grid that is not square', () => {
    const [batch, width, embedding] = [2, 3, 5];
    const config = { ...small, trunkWidth: width, embedding, trunkLayers: 2, omega0: 4 };
    const params = initParams(classQuerySpecs(config), 8);
    const prompt = tf.randomNormal([batch, embedding], 0, 1, 'float32', 4) as tf.Tensor2D;
    const read = (name: string) => [...(params[name] as tf.Tensor).dataSync()];
    const dot = (x: number[], kernel: number[], j: number) =>
      x.reduce((sum, value, i) => sum + value * (kernel[i * width + j] as number), 0);
    const columns = Array.from({ length: width }, (_, j) => j);
    const [first, second]: [number[][], number[][]] = [[], []];
    for (const p of prompt.arraySync()) {
      for (const y of [-1, 1]) {
        for (const x of [-1, 0, 1]) {
          const [coord, shift] = [read('inr/coord/kernel'), read('inr/prompt/bias')];
          const [toPhase, kernel, bias] = [
            read('inr/prompt/kernel'),
            read('inr/hidden/0/kernel'),
            read('inr/hidden/0/bias'),
          ];
          const h = columns.map((j) =>
            Math.sin(4 * dot([y, x], coord, j) + dot(p, toPhase, j) + (shift[j] as number)),
          );
          first.push(h);
          second.push(columns.map((j) => Math.sin(4 * (dot(h, kernel, j) + (bias[j] as number)))));
        }
      }
    }
    const [got0, got1] = sineTrunk(params, config, prompt) as [tf.Tensor, tf.Tensor];
    expect(got0).toBeAllClose(first, { rtol: 0, atol: 2e-6 });
    expect(got1).toBeAllClose(second, { rtol: 0, atol: 2e-6 });
  });

  test('one layer has no hidden weights', () => {
    const config = { ...small, trunkLayers: 1 };
    const specs = classQuerySpecs(config);
    expect(Object.keys(specs).filter((name) => name.startsWith('inr/hidden'))).toEqual([]);
    expect(sineTrunk(initParams(specs, 1), config, tf.zeros<tf.Rank.R2>([1, 7]))).toHaveLength(1);
  });
});

describe('classPrompt()', () => {
  const params = initParams(classQuerySpecs(small), 9);
  const penultimate = tf.zeros<tf.Rank.R2>([4, 17]);

  test('a one-hot posterior makes soft and hard equal to label', () => {
    const posterior = tf.oneHot(labels, 3, 1, 0, 'float32') as tf.Tensor2D;
    const [soft, hard, label] = (['soft', 'hard', 'label'] as const).map((mode) =>
      classPrompt(params, mode, { posterior, penultimate, labels }),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    expect(soft).toBeAllClose(label, { rtol: 0, atol: 0 });
    expect(hard).toBeAllClose(label, { rtol: 0, atol: 0 });
    expect(tf.slice(label, [0, 0], [1, 7])).toBeAllClose(
      tf.slice(params.classEmbedding as tf.Tensor, [2, 0], [1, 7]),
    );
  });

  test('of a single class is its embedding, in every mode', () => {
    const single = initParams(classQuerySpecs({ ...small, classes: 1 }), 9);
    const source = { posterior: tf.ones<tf.Rank.R2>([2, 1]), penultimate: tf.zeros<tf.Rank.R2>([2, 17]) };
    for (const mode of ['soft', 'hard', 'label'] as const) {
      const prompt = classPrompt(single, mode, { ...source, labels: tf.tensor1d([0, 0], 'int32') });
      const embedding = single.classEmbedding as tf.Tensor;
      expect(prompt, mode).toBeAllClose(tf.concat([embedding, embedding]), { rtol: 0, atol: 0 });
    }
  });

  test('soft mixes the embeddings by the posterior', () => {
    const posterior = tf.tensor2d([[0.5, 0.25, 0.25]]);
    const [a, b, c] = (params.classEmbedding as tf.Tensor2D).arraySync() as [number[], number[], number[]];
    const want = a.map((value, e) => 0.5 * value + 0.25 * (b[e] as number) + 0.25 * (c[e] as number));
    const prompt = classPrompt(params, 'soft', { posterior, penultimate: tf.zeros([1, 17]) });
    expect(prompt).toBeAllClose([want]);
  });

  test('feature maps the penultimate feature linearly', () => {
    const config: ClassQueryConfig = { ...small, mode: 'feature' };
    const params = initParams(classQuerySpecs(config), 9);
    const penultimate = tf.oneHot([3], 17, 1, 0, 'float32') as tf.Tensor2D;
    const prompt = classPrompt(params, 'feature', { posterior: tf.zeros([1, 3]), penultimate });
    expect(prompt).toBeAllClose(tf.slice(params['featurePrompt/kernel'] as tf.Tensor, [3, 0], [1, 7]));
  });
});

describe('classQueries()', () => {
  test.each(['label', 'hard'] as const)('depend on the class only: %s', (mode) => {
    const config = { ...small, mode };
    const params = initParams(classQuerySpecs(config), 10);
    const tokens = smallTokens(2, 5);
    // The same image twice as bright: the layer norm makes it the same class, but its features differ.
    const pair = tf.concat([tokens, tf.mul(tokens, 2)]) as tf.Tensor3D;
    const { queries, logVar, posterior } = run(params, config, pair, tf.tensor1d([1, 2, 1, 2], 'int32'));
    expect(
      tf.max(tf.abs(tf.sub(tf.slice(posterior, 0, 2), tf.slice(posterior, 2, 2)))).dataSync()[0],
    ).toBeGreaterThan(0);
    for (const part of [...queries, logVar as tf.Tensor]) {
      expect(tf.slice(part, 0, 2)).toBeAllClose(tf.slice(part, 2, 2), { rtol: 0, atol: 0 });
    }
  });

  test('residual adds a table to every layer', () => {
    const config = { ...small, residual: true };
    const params = initParams(classQuerySpecs(config), 11);
    const prompt = tf.randomNormal([2, 7], 0, 1, 'float32', 6) as tf.Tensor2D;
    const [withTable, without] = [classQueries(params, config, prompt), classQueries(params, small, prompt)];
    withTable.queries.forEach((query, l) => {
      const want = tf.add(without.queries[l] as tf.Tensor, params[`queryResidual/${l}`] as tf.Tensor);
      expect(query).toBeAllClose(want);
    });
  });

  test('without a prior head there are neither its outputs nor its weights', () => {
    const config = { ...small, priorHead: false };
    const specs = classQuerySpecs(config);
    expect(Object.keys(specs).filter((name) => name.startsWith('priorHead'))).toEqual([]);
    expect(Object.keys(classQueries(initParams(specs, 1), config, tf.zeros<tf.Rank.R2>([1, 7])))).toEqual([
      'queries',
    ]);
  });
});

describe('classQuerySpecs()', () => {
  test('has exactly the weights of the golden network, with their shapes', () => {
    const specs = classQuerySpecs(goldenConfig('soft'));
    const weights = goldenWeights();
    expect(Object.keys(specs).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, { shape }] of Object.entries(specs)) expect(shape, name).toEqual(weights[name]?.shape);
  });

  test('only the feature mode has a feature prompt, and it has no class embeddings', () => {
    const has = (mode: PromptMode) => {
      const specs = classQuerySpecs({ ...small, mode });
      return ['classEmbedding', 'featurePrompt/kernel', 'featurePrompt/bias'].map((name) => name in specs);
    };
    expect(has('soft')).toEqual([true, false, false]);
    expect(has('feature')).toEqual([false, true, true]);
  });

  const config: ClassQueryConfig = {
    classes: 15,
    channels: 24,
    grid: [3, 5],
    hidden: 256,
    decoderLayers: 2,
    residual: true,
  };
  const params = initParams(classQuerySpecs(config), 12);
  const valuesOf = (name: string) => [...(params[name] as tf.Tensor).dataSync()];
  const variance = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  };

  test.each([
    ['inr/coord/kernel', 1 / 2],
    ['inr/prompt/kernel', Math.sqrt(3 / 64)],
    ['inr/prompt/bias', 1 / 8],
    ['inr/hidden/0/kernel', Math.sqrt(6 / 256) / 30],
    ['inr/hidden/1/bias', 1 / 16],
    ['queryHead/1/kernel', Math.sqrt(6 / 512)],
    ['classifier/dense1/kernel', Math.sqrt(6 / 280)],
    ['classifier/dense2/kernel', Math.sqrt(6 / 271)],
  ])('%s is drawn from U(±%f)', (name, bound) => {
    const values = valuesOf(name);
    expect(Math.max(...values)).toBeLessThanOrEqual(bound);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-bound);
    expect(Math.max(...values)).toBeGreaterThan(0.95 * bound);
    expect(Math.min(...values)).toBeLessThan(-0.95 * bound);
  });

  test('embeddings and residual tables are standard normal; the tables of all layers start equal', () => {
    const deviation = (name: string) => Math.abs(variance(valuesOf(name)) - 1);
    expect(deviation('classEmbedding')).toBeLessThan(0.15);
    expect(Math.max(...valuesOf('classEmbedding'))).toBeGreaterThan(2);
    expect(deviation('queryResidual/0')).toBeLessThan(0.1);
    expect(valuesOf('queryResidual/1')).toEqual(valuesOf('queryResidual/0'));
    expect(valuesOf('queryHead/1/kernel')).not.toEqual(valuesOf('queryHead/0/kernel'));
  });

  test('queries start with variance near 1/2, the prior as the standard normal', () => {
    const prompt = tf.slice(params.classEmbedding as tf.Tensor2D, 0, 8) as tf.Tensor2D;
    const { queries, mu, logVar } = classQueries(params, { ...config, residual: false }, prompt);
    for (const query of queries) {
      expect(variance([...query.dataSync()])).toBeGreaterThan(0.45);
      expect(variance([...query.dataSync()])).toBeLessThan(0.55);
    }
    for (const part of [mu, logVar]) expect(tf.sum(tf.abs(part as tf.Tensor)).dataSync()[0]).toBe(0);
  });

  test('equal seeds draw equal weights, and a weight does not depend on which others exist', () => {
    const again = initParams(classQuerySpecs({ ...config, decoderLayers: 5, mode: 'hard' }), 12);
    const other = initParams(classQuerySpecs(config), 13);
    expect([...(again['inr/hidden/1/kernel'] as tf.Tensor).dataSync()]).toEqual(
      valuesOf('inr/hidden/1/kernel'),
    );
    expect([...(other['inr/hidden/1/kernel'] as tf.Tensor).dataSync()]).not.toEqual(
      valuesOf('inr/hidden/1/kernel'),
    );
  });
});

test.each(['soft', 'label', 'hard', 'feature'] as const)('nothing leaks, forward or backward: %s', (mode) => {
  const config = { ...small, mode };
  const variables = variablesOf(initParams(classQuerySpecs(config), 14));
  const tokens = smallTokens(4, 7);
  expectNoLeak(() => {
    const { logits, posterior, penultimate, prompt, queries, mu, logVar } = run(
      variables,
      config,
      tokens,
      labels,
    );
    return [logits, posterior, penultimate, prompt, ...queries, mu as tf.Tensor, logVar as tf.Tensor];
  });
  const prompt = tf.randomNormal([4, 7], 0, 1, 'float32', 8) as tf.Tensor2D;
  expectNoLeak(() => sineTrunk(variables, config, prompt));
  expectNoLeak(() => {
    const { value, grads } = tf.variableGrads(() => {
      const { logits, queries } = run(variables, config, tokens, labels);
      return tf.add(crossEntropy(logits, labels), tf.sum(queries[0] as tf.Tensor)) as tf.Scalar;
    }, Object.values(variables));
    return [value, ...Object.values(grads).filter((gradient) => gradient != null)];
  });
});

describe('errors', () => {
  const params = initParams(classQuerySpecs(small), 15);
  const source = { posterior: tf.zeros<tf.Rank.R2>([4, 3]), penultimate: tf.zeros<tf.Rank.R2>([4, 17]) };
  const { classEmbedding: _, ...withoutEmbedding } = params;

  test.each<[string, string, () => unknown]>([
    [
      'SHAPE_MISMATCH',
      'classify: `tokens` must be [?, ?, 5], got [4, 6, 7].',
      () => classify(params, tf.zeros([4, 6, 7])),
    ],
    [
      'INVALID_ARGUMENT',
      "classMixture: mode 'label' needs `labels`; pass them or use mode 'soft'.",
      () => classPrompt(params, 'label', source),
    ],
    [
      'INVALID_ARGUMENT',
      'classMixture: `labels` must be int32, got float32.',
      () => classPrompt(params, 'label', { ...source, labels: tf.zeros([4]) }),
    ],
    [
      'SHAPE_MISMATCH',
      'classMixture: `labels` must be [4], one per image, got [2].',
      () => classPrompt(params, 'label', { ...source, labels: tf.zeros([2], 'int32') }),
    ],
    [
      'MISSING_WEIGHT',
      "weight 'classEmbedding' is missing; there are: ",
      () => classPrompt(withoutEmbedding, 'soft', source),
    ],
    [
      'SHAPE_MISMATCH',
      'classQueries: `prompt` must be [?, 7], got [4, 8].',
      () => classQueries(params, small, tf.zeros([4, 8])),
    ],
    [
      'SHAPE_MISMATCH',
      "weight 'inr/coord/kernel' must have shape [2, 19], got [2, 13].",
      () => classQueries(params, { ...small, trunkWidth: 19 }, tf.zeros([4, 7])),
    ],
    [
      'INVALID_ARGUMENT',
      'classQuerySpecs: `classes` must be an integer of at least 1, got 0.',
      () => classQuerySpecs({ ...small, classes: 0 }),
    ],
    [
      'INVALID_ARGUMENT',
      'classQuerySpecs: `grid[1]` must be an integer of at least 1, got 2.5.',
      () => classQuerySpecs({ ...small, grid: [2, 2.5] }),
    ],
    [
      'INVALID_ARGUMENT',
      'classQuerySpecs: `omega0` must be positive and finite, got 0.',
      () => classQuerySpecs({ ...small, omega0: 0 }),
    ],
    [
      'INVALID_ARGUMENT',
      "classQuerySpecs: `mode` must be one of soft, label, hard, feature; got 'none'.",
      () => classQuerySpecs({ ...small, mode: 'none' as PromptMode }),
    ],
  ])('%s: %s', (code, message, act) => {
    expect(act).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});
