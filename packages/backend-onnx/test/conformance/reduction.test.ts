import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bits,
  conforms,
  floats,
  make,
  type Result,
  type Spec,
  shapes,
  smallInts,
  tame,
  tensors,
} from './harness.js';

/** A tensor, some of its axes, and whether to keep them. */
const withAxes = (x: fc.Arbitrary<Spec>) =>
  x.chain((spec) =>
    fc.tuple(
      fc.constant(spec),
      fc.subarray(spec.shape.map((_, axis) => (axis % 2 === 0 ? axis : axis - spec.shape.length))),
      fc.boolean(),
    ),
  );

/** A tensor of rank 1 or more and one of its axes, perhaps counted from the end. */
const withAxis = (x: fc.Arbitrary<Spec>) =>
  x.chain((spec) =>
    fc.tuple(fc.constant(spec), fc.integer({ min: -spec.shape.length, max: spec.shape.length - 1 })),
  );

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;
const sums: Record<string, Reduction> = { sum: tf.sum, mean: tf.mean };
const bounds: Record<string, Reduction> = { max: tf.max, min: tf.min };

const reduce =
  (ops: Record<string, Reduction>) =>
  ([x, axes, keepDims]: [Spec, number[], boolean]) =>
    Object.fromEntries(
      Object.entries(ops).flatMap(([name, op]): [string, () => Result][] => [
        [`${name} over ${axes}, keepDims ${keepDims}`, () => op(make(x), axes, keepDims)],
        [`${name} over all`, () => op(make(x))],
      ]),
    );

const filled = shapes(0, 6, false);

// Sums of no elements are zero on cpu, even their mean, whose right value is NaN: tested below.
test('sums, bounds and products of float32', () =>
  conforms(withAxes(tensors(filled, 'float32', floats)), reduce({ ...sums, ...bounds, prod: tf.prod })));

test('sums and bounds of int32', () =>
  conforms(withAxes(tensors(filled, 'int32', smallInts)), reduce({ ...sums, ...bounds })));

// Powers of two, which float64 holds exactly until they wrap around.
test('products of int32', () =>
  conforms(withAxes(tensors(filled, 'int32', fc.constantFrom(-2, -1, 1, 2))), reduce({ prod: tf.prod })));

test('reductions of bool', () =>
  conforms(
    withAxes(tensors(filled, 'bool', bits)),
    reduce({ ...sums, ...bounds, prod: tf.prod, any: tf.any, all: tf.all }),
  ));

test('sums and products of tensors without elements', () =>
  conforms(
    withAxes(tensors(shapes(1, 5).filter((shape) => shape.includes(0)))),
    reduce({ sum: tf.sum, prod: tf.prod }),
  ));

test('a reduction over no elements is its neutral element; a mean has none', async () => {
  await tf.setBackend('onnx');
  const empty = tf.zeros([2, 0]);
  const values = async (x: tf.Tensor) => [...(await x.data())];
  expect(await values(tf.max(empty, 1))).toEqual([-Infinity, -Infinity]);
  expect(await values(tf.min(empty, 1))).toEqual([Infinity, Infinity]);
  expect(await values(tf.mean(empty, 1))).toEqual([Number.NaN, Number.NaN]);
  expect(await values(tf.any(tf.cast(empty, 'bool'), 1))).toEqual([0, 0]);
  expect(await values(tf.all(tf.cast(empty, 'bool'), 1))).toEqual([1, 1]);
});

test('argMax and argMin', () =>
  conforms(withAxis(tensors(shapes(1, 6, false), 'float32', tame)), ([x, axis]) => ({
    argMax: () => tf.argMax(make(x), axis),
    argMin: () => tf.argMin(make(x), axis),
    'argMax of integers, first of equals': () => tf.argMax(tf.cast(make(x), 'int32'), axis),
    'argMin of integers, first of equals': () => tf.argMin(tf.cast(make(x), 'int32'), axis),
    'argMax of bool': () => tf.argMax(tf.greater(make(x), 0), axis),
  })));

test('softmax, logSoftmax, logSumExp', () =>
  conforms(tensors(shapes(1, 6), 'float32', tame), (x) => ({
    softmax: () => tf.softmax(make(x)),
    'softmax of large numbers': () => tf.softmax(tf.mul(make(x), 1e4)),
    logSoftmax: () => tf.logSoftmax(make(x)),
    'logSoftmax of large numbers': () => tf.logSoftmax(tf.mul(make(x), 1e4)),
    ...(x.shape.includes(0) ? {} : { logSumExp: () => tf.logSumExp(make(x), -1, true) }),
  })));

const scans = ([x, axis, exclusive, reverse]: [Spec, number, boolean, boolean]) => ({
  [`cumsum ${axis} ${exclusive} ${reverse}`]: () => tf.cumsum(make(x), axis, exclusive, reverse),
  [`cumprod ${axis} ${exclusive} ${reverse}`]: () => tf.cumprod(make(x), axis, exclusive, reverse),
});
// cpu's running sums and products lose their shape along a negative axis.
const scanned = (x: fc.Arbitrary<Spec>) =>
  fc
    .tuple(withAxis(x), fc.boolean(), fc.boolean())
    .map(([[spec, axis], exclusive, reverse]): [Spec, number, boolean, boolean] => [
      spec,
      axis < 0 ? axis + spec.shape.length : axis,
      exclusive,
      reverse,
    ]);

test('cumsum and cumprod of float32', () =>
  conforms(scanned(tensors(shapes(1, 6, false), 'float32', tame)), scans));
test('cumsum and cumprod of int32', () =>
  conforms(scanned(tensors(shapes(1, 6, false), 'int32', smallInts)), scans));

test('topk', () =>
  conforms(
    fc
      .oneof(tensors(shapes(1, 5, false), 'float32', tame), tensors(shapes(1, 5, false), 'int32', smallInts))
      .chain((x) => fc.tuple(fc.constant(x), fc.integer({ min: 1, max: x.shape.at(-1) as number }))),
    ([x, k]) => ({
      topk: () => {
        const { values, indices } = tf.topk(make(x), k);
        return [values, indices];
      },
      'topk of bool': () => tf.topk(tf.greater(make(x), 0), k).values,
    }),
  ));

test('norms and moments', () =>
  conforms(withAxis(tensors(shapes(1, 4, false), 'float32', tame)), ([x, axis]) => ({
    'norm 1': () => tf.norm(make(x), 1, axis),
    'norm 2': () => tf.norm(make(x), 2, axis),
    'norm ∞': () => tf.norm(make(x), Infinity, axis),
    moments: () => {
      const { mean, variance } = tf.moments(make(x), axis);
      return [mean, variance];
    },
  })));
