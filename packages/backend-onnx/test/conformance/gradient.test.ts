import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { test } from 'vitest';
import {
  broadcastShapes,
  conforms,
  fixed,
  make,
  positive,
  type Spec,
  shapes,
  tame,
  tensors,
} from './harness.js';

// tfjs' gradient of prod calls x.reshape(), which only the union package @tensorflow/tfjs defines.
Object.assign(tf.Tensor.prototype, {
  reshape(this: tf.Tensor, shape: number[]) {
    return tf.reshape(this, shape);
  },
});

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const tolerance = { rtol: 1e-3, atol: 1e-4 };

/** Differentiable anywhere, or where two random numbers don't meet. */
const anywhere: Record<string, Unary> = {
  abs: tf.abs,
  neg: tf.neg,
  square: tf.square,
  exp: tf.exp,
  expm1: tf.expm1,
  sin: tf.sin,
  cos: tf.cos,
  sinh: tf.sinh,
  cosh: tf.cosh,
  tanh: tf.tanh,
  atan: tf.atan,
  asinh: tf.asinh,
  sigmoid: tf.sigmoid,
  logSigmoid: tf.logSigmoid,
  softplus: tf.softplus,
  relu: tf.relu,
  relu6: tf.relu6,
  elu: tf.elu,
  selu: tf.selu,
  leakyRelu: tf.leakyRelu,
  erf: tf.erf,
  floor: tf.floor,
  ceil: tf.ceil,
  round: tf.round,
  sign: tf.sign,
  step: tf.step,
  clipByValue: (x) => tf.clipByValue(x, -1, 2),
  cast: (x) => tf.cast(tf.cast(x, 'float32'), 'float32'),
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
  identity: (x) => tf.clone(x),
};

const abovezero: Record<string, Unary> = {
  log: tf.log,
  log1p: tf.log1p,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  reciprocal: tf.reciprocal,
  acosh: (x) => tf.acosh(tf.add(x, 1.5)),
  pow: (x) => tf.pow(x, 2.5),
};

/** Defined between -1 and 1. */
const inside: Record<string, Unary> = {
  asin: tf.asin,
  acos: tf.acos,
  atanh: tf.atanh,
  tan: tf.tan,
};

const each = (ops: Record<string, Unary>, x: Spec, dy?: Spec) =>
  Object.fromEntries(
    Object.entries(ops).map(([name, f]) => [
      name,
      () => tf.grad(f)(make(x), dy === undefined ? undefined : make(dy)),
    ]),
  );

/** A tensor and a gradient of its shape. */
const withGradient = (elements: fc.Arbitrary<number>) =>
  shapes(0, 5).chain((shape) => fc.tuple(fixed(shape, elements), fixed(shape)));

test('functions', () => conforms(withGradient(tame), ([x, dy]) => each(anywhere, x, dy), tolerance));
test('functions of positive numbers', () =>
  conforms(withGradient(positive), ([x, dy]) => each(abovezero, x, dy), tolerance));
test('functions inside the unit interval', () =>
  conforms(withGradient(tame.map((x) => x / 5)), ([x, dy]) => each(inside, x, dy), tolerance));

const binary: Record<string, Binary> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  atan2: tf.atan2,
};
const divisions: Record<string, Binary> = {
  div: tf.div,
  pow: (a, b) => tf.pow(tf.abs(a), b),
  mod: tf.mod,
};

const eachPair = (ops: Record<string, Binary>, a: Spec, b: Spec) =>
  Object.fromEntries(Object.entries(ops).map(([name, f]) => [name, () => tf.grads(f)([make(a), make(b)])]));

const pairs = (second: fc.Arbitrary<number>) =>
  broadcastShapes(2, false).chain(([a, b]) => fc.tuple(fixed(a as number[]), fixed(b as number[], second)));

test('pairs with broadcasting', () => conforms(pairs(tame), ([a, b]) => eachPair(binary, a, b), tolerance));
test('divisions with broadcasting', () =>
  conforms(pairs(positive), ([a, b]) => eachPair(divisions, a, b), tolerance));

test('prelu, where, addN', () =>
  conforms(
    shapes(1, 4, false).chain((shape) => fc.tuple(fixed(shape), fixed(shape), fixed(shape.slice(-1)))),
    ([a, b, slopes]) => ({
      // Their gradients in tfjs don't undo broadcasting.
      ...eachPair(
        { squaredDifference: tf.squaredDifference, maximum: tf.maximum, minimum: tf.minimum },
        a,
        b,
      ),
      prelu: () => tf.grads(tf.prelu)([make(a), make(slopes)]),
      where: () =>
        tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.where(tf.greater(make(a), 0), tf.square(x), tf.exp(y)))([
          make(a),
          make(b),
        ]),
      addN: () => tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.addN([x, y, x]))([make(a), make(b)]),
    }),
    tolerance,
  ));

test('reductions', () =>
  conforms(
    tensors(shapes(1, 5, false), 'float32', tame).chain((x) =>
      fc.tuple(
        fc.constant(x),
        fc.subarray(
          x.shape.map((_, axis) => axis),
          { minLength: 1 },
        ),
        fc.nat({ max: x.shape.length - 1 }),
        fc.boolean(),
      ),
    ),
    ([x, axes, axis, keepDims]) =>
      each(
        {
          sum: (a) => tf.square(tf.sum(a, axes, keepDims)),
          mean: (a) => tf.square(tf.mean(a, axes, keepDims)),
          max: (a) => tf.square(tf.max(a, axes, keepDims)),
          min: (a) => tf.square(tf.min(a, axes, keepDims)),
          prod: (a) => tf.square(tf.prod(a, axis)),
          logSumExp: (a) => tf.logSumExp(a, axes, keepDims),
          softmax: (a) => tf.square(tf.softmax(a)),
          logSoftmax: (a) => tf.square(tf.logSoftmax(a)),
          cumsum: (a) => tf.square(tf.cumsum(a, x.shape.length - 1, keepDims, !keepDims)),
          norm: (a) => tf.norm(a, 'euclidean', axes.slice(0, 2)),
          moments: (a) => tf.moments(a, axes).variance,
        },
        x,
      ),
    { rtol: 2e-3, atol: 1e-3 },
  ));

test('shapes', () =>
  conforms(
    fc.tuple(fixed([2, 3, 4]), fixed([2, 4, 6, 2])),
    ([x, image]) => ({
      ...each(
        {
          reshape: (a) => tf.square(tf.reshape(a, [4, 6])),
          expandDims: (a) => tf.square(tf.expandDims(a, 1)),
          transpose: (a) => tf.mul(tf.transpose(a, [2, 0, 1]), tf.range(0, 3)),
          concat: (a) => tf.square(tf.concat([a, tf.mul(a, 2), a], 1)),
          stack: (a) => tf.square(tf.stack([a, tf.square(a)], 1)),
          unstack: (a) => tf.square(tf.unstack(a, 1)[1] as tf.Tensor),
          slice: (a) => tf.square(tf.slice(a, [1, 0, 1], [1, 2, 3])),
          split: (a) => tf.mul(...(tf.split(a, 2, 2) as [tf.Tensor, tf.Tensor])),
          pad: (a) =>
            tf.square(
              tf.pad(
                a,
                [
                  [1, 0],
                  [0, 2],
                  [1, 1],
                ],
                3,
              ),
            ),
          tile: (a) => tf.square(tf.tile(a, [2, 1, 3])),
          broadcastTo: (a) => tf.square(tf.broadcastTo(a, [5, 2, 3, 4])),
          reverse: (a) => tf.mul(tf.reverse(a, [0, 2]), tf.range(0, 4)),
          gather: (a) => tf.square(tf.gather(a, tf.tensor1d([2, 0, 2], 'int32'), 1)),
        },
        x,
      ),
      ...each(
        {
          spaceToBatchND: (a) =>
            tf.square(
              tf.spaceToBatchND(
                a,
                [2, 3],
                [
                  [0, 0],
                  [0, 0],
                ],
              ),
            ),
          batchToSpaceND: (a) => tf.square(tf.batchToSpaceND(a, [2], [[1, 0]])),
        },
        image,
      ),
    }),
    tolerance,
  ));

test('indices and products', () =>
  conforms(
    fc.tuple(fixed([5, 3]), fixed([3, 7]), fixed([2, 5, 3]), fixed([7])),
    ([a, b, batch, bias]) => ({
      unsortedSegmentSum: () =>
        tf.grad((x: tf.Tensor) =>
          tf.square(tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, 0, -1, 1], 'int32'), 3)),
        )(make(a)),
      matMul: () => tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.square(tf.matMul(x, y)))([make(a), make(b)]),
      'matMul, transposed': () =>
        tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.square(tf.matMul(x, y, true, true)))([
          tf.transpose(make(a)),
          tf.transpose(make(b)),
        ]),
      'batched matMul': () =>
        tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.square(tf.matMul(x, y, false, true)))([
          make(batch),
          make(batch),
        ]),
      'fused matMul': () =>
        tf.grads((x: tf.Tensor, y: tf.Tensor, z: tf.Tensor) =>
          tf.square(
            tf.fused.matMul({ a: x as tf.Tensor2D, b: y as tf.Tensor2D, bias: z, activation: 'relu' }),
          ),
        )([make(a), make(b), make(bias)]),
    }),
    { rtol: 1e-3, atol: 1e-3 },
  ));

test('losses', () =>
  conforms(
    fc.tuple(fixed([5, 3]), fixed([5, 3]), fixed([5, 3], positive)),
    ([labels, logits, weights]) => {
      const loss = (f: (labels: tf.Tensor, predictions: tf.Tensor, weights: tf.Tensor) => tf.Tensor) => () =>
        tf.grad((x: tf.Tensor) => f(make(labels), x, make(weights)))(make(logits));
      const ones = (x: tf.Tensor) => tf.cast(tf.greater(x, 0), 'float32');
      return {
        meanSquaredError: loss((y, x, w) => tf.losses.meanSquaredError(y, x, w)),
        absoluteDifference: loss((y, x, w) => tf.losses.absoluteDifference(y, x, w)),
        huberLoss: loss((y, x, w) => tf.losses.huberLoss(y, x, w)),
        hingeLoss: loss((y, x, w) => tf.losses.hingeLoss(ones(y), x, w)),
        logLoss: loss((y, x, w) => tf.losses.logLoss(ones(y), tf.sigmoid(x), w)),
        cosineDistance: loss((y, x) => tf.losses.cosineDistance(y, x, 1)),
        sigmoidCrossEntropy: loss((y, x, w) => tf.losses.sigmoidCrossEntropy(ones(y), x, w)),
        softmaxCrossEntropy: loss((y, x) => tf.losses.softmaxCrossEntropy(tf.softmax(y), x)),
      };
    },
    tolerance,
  ));
