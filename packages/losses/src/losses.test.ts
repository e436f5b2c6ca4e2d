import { readFileSync } from 'node:fs';
import { expectNoLeak, numericGradient, readSafetensors } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classificationLoss, cosineLoss, priorLoss, reconstructionLoss, weightedSum } from './index.js';

const { tensors } = readSafetensors(new URL('./__fixtures__/mint-tiny-losses.safetensors', import.meta.url));
const { losses }: { losses: Record<string, { mse: number; ce: number; prior: number; total: number }> } =
  JSON.parse(readFileSync(new URL('./__fixtures__/mint-tiny.json', import.meta.url), 'utf8'));

function golden(name: string): tf.Tensor {
  const found = tensors[name];
  if (found === undefined) throw new Error(`no golden tensor ${name}`);
  const data = found.data instanceof Float64Array ? Float32Array.from(found.data) : found.data;
  return tf.tensor(data, [...found.shape], data instanceof Float32Array ? 'float32' : 'int32');
}

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Compares the gradient of a loss in each argument with central differences. */
function expectGradients(loss: (...args: tf.Tensor[]) => tf.Scalar, args: tf.Tensor[]): void {
  // Three times the loss, so a gradient that forgets dy shows.
  const scaled = (...args: tf.Tensor[]) => tf.mul(loss(...args), 3) as tf.Scalar;
  const exact = tf.grads(scaled)(args);
  args.forEach((arg, i) => {
    const numeric = numericGradient((x) => scaled(...args.map((other, j) => (j === i ? x : other))), arg);
    const scale = Math.max(...numeric.map(Math.abs));
    expect(exact[i]?.shape).toEqual(arg.shape);
    expect(tf.reshape(exact[i] as tf.Tensor, [-1]), `argument ${i}`).toBeAllClose(numeric, {
      rtol: 5e-3,
      atol: 5e-3 * scale,
    });
  });
}

describe('equal PyTorch', () => {
  const close = { rtol: 2e-5, atol: 0 };
  const flat = (name: string) => tf.reshape(golden(name), [4, 36, 20]);
  const labels = golden('input/labels') as tf.Tensor1D;
  const stats = {
    mean: golden('input/channelMean') as tf.Tensor1D,
    std: golden('input/channelStd') as tf.Tensor1D,
  };

  test.each([
    ['eval/soft', 'reconstruction'],
    ['eval/label', 'reconstruction'],
    ['eval/hard', 'reconstruction'],
    ['train/soft', 'trainReconstruction'],
    ['train/label', 'trainReconstruction'],
  ])('%s', (run, reconstruction) => {
    const [, mode] = run.split('/') as [string, string];
    const want = losses[run];
    if (want === undefined) throw new Error(`no golden losses ${run}`);
    const parts = {
      mse: reconstructionLoss(flat(`expected/${mode}/${reconstruction}`), flat('input/features')),
      ce: classificationLoss(golden('expected/logits') as tf.Tensor2D, labels),
      prior: priorLoss(
        flat('input/features'),
        flat(`expected/${mode}/mu`),
        flat(`expected/${mode}/s`),
        stats,
      ),
    };
    expect(parts.mse).toBeAllClose(want.mse, close);
    expect(parts.ce).toBeAllClose(want.ce, close);
    expect(parts.prior).toBeAllClose(want.prior, close);
    expect(weightedSum(parts).total).toBeAllClose(want.total, close);
  });
});

describe('reconstructionLoss()', () => {
  test('its gradients match central differences', () => {
    expectGradients(reconstructionLoss as (...args: tf.Tensor[]) => tf.Scalar, [
      random([2, 3, 5], 1),
      random([2, 3, 5], 2),
    ]);
  });
});

describe('classificationLoss()', () => {
  test('with a single class there is nothing to learn: loss and gradient are 0', () => {
    const labels = tf.tensor1d([0, 0, 0], 'int32');
    const { value, grad } = tf.valueAndGrad((x) => classificationLoss(x as tf.Tensor2D, labels))(
      random([3, 1], 4),
    );
    expect(value).toBeAllClose(0, { rtol: 0, atol: 0 });
    expect(grad).toBeAllClose(tf.zeros([3, 1]), { rtol: 0, atol: 0 });
  });

  test('its gradient matches central differences', () => {
    const labels = tf.tensor1d([2, 0, 2], 'int32');
    expectGradients((logits) => classificationLoss(logits as tf.Tensor2D, labels), [random([3, 5], 3)]);
  });

  test('is log K for equal logits, and finite for huge ones', () => {
    const labels = tf.tensor1d([1, 6], 'int32');
    expect(classificationLoss(tf.fill([2, 7], 4), labels)).toBeAllClose(Math.log(7));
    const logits = tf.mul(tf.oneHot([1, 5], 7, 1, 0, 'float32'), 1e4) as tf.Tensor2D;
    expect(classificationLoss(logits, labels)).toBeAllClose(5e3);
  });

  test('ignores what is added to a whole row', () => {
    const labels = tf.tensor1d([1, 4, 0], 'int32');
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: -50, max: 50, noNaN: true }), (seed, shift) => {
        tf.tidy(() => {
          const logits = random([3, 5], seed) as tf.Tensor2D;
          const want = classificationLoss(logits, labels);
          expect(classificationLoss(tf.add(logits, shift), labels)).toBeAllClose(want, {
            rtol: 1e-4,
            atol: 1e-5,
          });
        });
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});

describe('priorLoss()', () => {
  test('its gradients match central differences, with and without statistics', () => {
    const args = [random([2, 3, 5], 4), random([2, 3, 5], 5), random([2, 3, 5], 6)];
    const stats = { mean: tf.tensor1d([1, 2, 3, 4, 5]), std: tf.tensor1d([1, 2, 0.5, 3, 4]) };
    expectGradients((f, mu, s) => priorLoss(f as tf.Tensor, mu as tf.Tensor, s as tf.Tensor), args);
    expectGradients((f, mu, s) => priorLoss(f as tf.Tensor, mu as tf.Tensor, s as tf.Tensor, stats), args);
  });

  test('for one Gaussian it is least at the mean and log variance of the features', () => {
    const features = tf.tensor2d([[1], [2], [6]]); // mean 3, population variance 14/3
    const at = (mu: number, s: number) =>
      priorLoss(features, tf.fill([3, 1], mu), tf.fill([3, 1], s)).dataSync()[0] as number;
    const best = at(3, Math.log(14 / 3));
    expect(best).toBeCloseTo(0.5 * (1 + Math.log(14 / 3)), 5);
    for (const [mu, s] of [
      [2.9, 0],
      [3.1, 0],
      [3, -0.1],
      [3, 0.1],
    ] as const) {
      expect(at(mu, Math.log(14 / 3) + s)).toBeGreaterThan(best);
    }
  });

  test('standardises channel by channel', () => {
    const features = tf.tensor3d([[[3, 10]]]);
    const stats = { mean: tf.tensor1d([1, 4]), std: tf.tensor1d([2, 3]) }; // z = 1, 2
    expect(priorLoss(features, tf.zeros([1, 1, 2]), tf.zeros([1, 1, 2]), stats)).toBeAllClose((1 + 4) / 4);
  });
});

describe('cosineLoss()', () => {
  test('is 0, 1, 2 for equal, orthogonal, opposite directions of any length', () => {
    const target = tf.tensor2d([[3, 4]]);
    const lossOf = (x: number[]) => cosineLoss(tf.tensor2d([x]), target);
    expect(lossOf([0.3, 0.4])).toBeAllClose(0);
    expect(lossOf([-400, 300])).toBeAllClose(1);
    expect(lossOf([-6, -8])).toBeAllClose(2);
  });

  test('is the mean over tokens of the cosines along their channels', () => {
    const x = tf.tensor3d([
      [
        [1, 0],
        [0, 2],
      ],
      [
        [1, 1],
        [3, 0],
      ],
    ]);
    const t = tf.tensor3d([
      [
        [5, 0],
        [0, -1],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ]);
    expect(cosineLoss(x, t)).toBeAllClose((0 + 2 + (1 - Math.SQRT1_2) + 1) / 4);
  });

  test('its gradients match central differences', () => {
    expectGradients(cosineLoss as (...args: tf.Tensor[]) => tf.Scalar, [
      random([2, 3, 5], 7),
      random([2, 3, 5], 8),
    ]);
  });

  test('a token of zeros counts 1 and has a finite gradient', () => {
    const [x, t] = [tf.zeros([1, 3]), tf.ones([1, 3])];
    expect(cosineLoss(x, t)).toBeAllClose(1);
    for (const gradient of tf.grads((a, b) => cosineLoss(a, b))([x, t])) {
      expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
    }
  });
});

describe('weightedSum()', () => {
  const parts = { mse: tf.scalar(2), ce: tf.scalar(3), prior: tf.scalar(5) };

  test('weighs the auxiliary losses, by 1 if no weight is given; an absent loss adds nothing', () => {
    expect(weightedSum(parts).total).toBeAllClose(10);
    expect(weightedSum(parts, { lambdaCe: 10, lambdaPrior: 0.1 }).total).toBeAllClose(32.5);
    expect(weightedSum({ mse: parts.mse, prior: parts.prior }, { lambdaPrior: 2 }).total).toBeAllClose(12);
    expect(weightedSum({ mse: parts.mse }).total).toBeAllClose(2);
  });

  test('returns the unweighted parts, and a total of its own', () => {
    const given = weightedSum({ mse: parts.mse }, { lambdaCe: 7 });
    given.total.dispose();
    expect(given.parts.mse).toBeAllClose(2);
  });

  test('gradients are the weights, the weight 0 too', () => {
    const grads = tf.grads(
      (mse, ce, prior) =>
        weightedSum(
          { mse: mse as tf.Scalar, ce: ce as tf.Scalar, prior: prior as tf.Scalar },
          { lambdaCe: 0, lambdaPrior: 4 },
        ).total,
    )([parts.mse, parts.ce, parts.prior]);
    expect(grads.map((gradient) => gradient.dataSync()[0])).toEqual([1, 0, 4]);
  });
});

test('nothing leaks, forward or backward', () => {
  const [a, b, c] = [random([2, 3, 5], 9), random([2, 3, 5], 10), random([2, 3, 5], 11)];
  const logits = random([2, 5], 12) as tf.Tensor2D;
  const labels = tf.tensor1d([0, 3], 'int32');
  const one = tf.scalar(1);
  const stats = { mean: tf.zeros<tf.Rank.R1>([5]), std: tf.ones<tf.Rank.R1>([5]) };
  const total = (x: tf.Tensor, logits: tf.Tensor) =>
    weightedSum({
      mse: tf.add(reconstructionLoss(x, b), cosineLoss(x, b)),
      ce: classificationLoss(logits as tf.Tensor2D, labels),
      prior: priorLoss(b, x, c, stats),
    }).total;
  for (const loss of [
    () => reconstructionLoss(a, b),
    () => cosineLoss(a, b),
    () => classificationLoss(logits, labels),
    () => priorLoss(a, b, c, stats),
    () => weightedSum({ mse: one, ce: one, prior: one }).total,
  ]) {
    expectNoLeak(loss);
  }
  expectNoLeak(() => tf.grads(total)([a, logits]));
});

describe('errors', () => {
  const [x, y] = [tf.zeros([2, 3, 5]), tf.zeros([2, 5, 3])];
  const [five, three] = [tf.zeros<tf.Rank.R1>([5]), tf.zeros<tf.Rank.R1>([3])];

  test.each<[string, string, () => unknown]>([
    [
      'SHAPE_MISMATCH',
      'reconstructionLoss: `reconstruction` and `target` must have the same shape, got [2, 3, 5] and [2, 5, 3].',
      () => reconstructionLoss(x, y),
    ],
    [
      'SHAPE_MISMATCH',
      'cosineLoss: `reconstruction` and `target` must have the same shape, got [2, 3, 5] and [2, 5, 3].',
      () => cosineLoss(x, y),
    ],
    [
      'SHAPE_MISMATCH',
      'cosineLoss: the tensors must have a channel axis, got [] and [].',
      () => cosineLoss(tf.scalar(1), tf.scalar(1)),
    ],
    [
      'SHAPE_MISMATCH',
      'priorLoss: `features` and `mu` must have the same shape, got [2, 3, 5] and [2, 5, 3].',
      () => priorLoss(x, y, x),
    ],
    [
      'SHAPE_MISMATCH',
      'priorLoss: `features` and `logVar` must have the same shape, got [2, 3, 5] and [2, 5, 3].',
      () => priorLoss(x, x, y),
    ],
    [
      'SHAPE_MISMATCH',
      'priorLoss: `mean` and `std` must be [5], one value per channel of `features` [2, 3, 5], got [5] and [3].',
      () => priorLoss(x, x, x, { mean: five, std: three }),
    ],
    [
      'SHAPE_MISMATCH',
      'priorLoss: `mean` and `std` must be [5], one value per channel of `features` [2, 3, 5], got [3] and [5].',
      () => priorLoss(x, x, x, { mean: three, std: five }),
    ],
    [
      'SHAPE_MISMATCH',
      'classificationLoss: `logits` must be [B, K] and `labels` [B], got [4, 3, 1] and [4].',
      () => classificationLoss(random([4, 3, 1], 13) as tf.Tensor2D, tf.zeros([4], 'int32')),
    ],
    [
      'SHAPE_MISMATCH',
      'classificationLoss: `logits` must be [B, K] and `labels` [B], got [4, 3] and [5].',
      () => classificationLoss(tf.zeros([4, 3]), tf.zeros([5], 'int32')),
    ],
    [
      'INVALID_ARGUMENT',
      'classificationLoss: `labels` must be int32, got float32.',
      () => classificationLoss(tf.zeros([4, 3]), tf.zeros([4])),
    ],
    [
      'INVALID_ARGUMENT',
      'weightedSum: `lambdaPrior` must be finite and at least 0, got -1.',
      () => weightedSum({ mse: tf.scalar(1) }, { lambdaPrior: -1 }),
    ],
    [
      'INVALID_ARGUMENT',
      'weightedSum: `lambdaCe` must be finite and at least 0, got Infinity.',
      () => weightedSum({ mse: tf.scalar(1) }, { lambdaCe: Number.POSITIVE_INFINITY }),
    ],
  ])('%s: %s', (code, message, act) => {
    expect(act).toThrow(expect.objectContaining({ code, message }));
  });
});
