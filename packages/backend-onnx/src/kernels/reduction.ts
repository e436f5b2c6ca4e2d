import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../backend.js';
import { reshape } from '../graph/layout.js';
import {
  constant,
  integers,
  record,
  recordMany,
  type Shape,
  scalar,
  sizeOf,
  type Value,
} from '../graph/value.js';
import { atOnce } from '../host/at-once.js';
import { cast, channelsFirstAxis, expand, kernel, numeric, pad, pointwise } from './kernel.js';

interface Axes {
  axis: number | number[];
  keepDims: boolean;
}

// Results of a reduction over no elements, for float32 and int32; zero where missing.
const EMPTY: Record<string, readonly [number, number]> = {
  ReduceProd: [1, 1],
  ReduceMax: [-Infinity, -(2 ** 31)],
  ReduceMin: [Infinity, 2 ** 31 - 1],
  ReduceMean: [Number.NaN, 0],
};

/** The mean over both sides of an image has an operator of its own, which works on blocked images too. */
const isImageMean = (op: string, x: Value, axes: readonly number[]): boolean =>
  op === 'ReduceMean' && x.shape.length === 4 && axes.length === 2 && axes[0] === 2 && axes[1] === 3;

// Below this an operator's start costs more than the sum.
const PRODUCT_SUM_ELEMENTS = 4096;
// The row of ones is part of the graph.
const PRODUCT_SUM_ROWS = 65_536;

/**
 * The sum over leading axes as a product with a row of ones: ONNX Runtime's own walks down the columns with one thread.
 */
export function columnSum(x: Value, columns: number): Value {
  const rows = sizeOf(x.shape) / columns;
  const ones = constant([1, rows], 'float32', Array<number>(rows).fill(1), `ones[1,${rows}]`);
  return record('MatMul', [ones, reshape(x, [rows, columns])], [1, columns], 'float32');
}

const isColumnSum = (op: string, x: Value, axes: readonly number[]): boolean =>
  op === 'ReduceSum' &&
  x.dtype === 'float32' &&
  axes.length < x.shape.length &&
  axes.every((axis, i) => axis === i) &&
  sizeOf(x.shape) >= PRODUCT_SUM_ELEMENTS &&
  sizeOf(x.shape.slice(0, axes.length)) <= PRODUCT_SUM_ROWS;

// ONNX Runtime adds up floats one by one: from this length on that costs the fourth digit, at some millions the third.
const LONG_SUM_ELEMENTS = 65_536;
// Shorter parts are not worth splitting off.
const SHORTEST_PART = 64;

const isLongSum = (op: string, x: Value, results: number): boolean =>
  (op === 'ReduceSum' || op === 'ReduceMean') &&
  x.dtype === 'float32' &&
  sizeOf(x.shape) >= LONG_SUM_ELEMENTS * results;

/** Sums many floats to few: first parts of equal length, then the parts; in float64 where there are no such parts. */
function longSum(op: string, x: Value, axes: readonly number[], shape: Shape): Value {
  const results = sizeOf(shape);
  const count = sizeOf(x.shape) / results;
  let length = Math.floor(Math.sqrt(count));
  while (count % length !== 0) length--;
  const trailing = axes.every((axis, i) => axis === x.shape.length - axes.length + i);
  const sum = (value: Value, over: readonly number[], to: Shape): Value =>
    record(op, [value, integers(over)], to, value.dtype, { keepdims: 0 });
  if (!trailing || length < SHORTEST_PART) {
    const kept = x.shape.filter((_, axis) => !axes.includes(axis));
    return reshape(cast(sum(cast(x, 'float64'), axes, kept), 'float32'), shape);
  }
  const parts = sum(reshape(x, [results, count / length, length]), [2], [results, count / length]);
  return reshape(sum(parts, [1], [results]), shape);
}

function reduceValue(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  if (axes.length === 0) return x;
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
  if (sizeOf(x.shape) === 0)
    return expand(scalar(EMPTY[op]?.[x.dtype === 'int32' ? 1 : 0] ?? 0, x.dtype), shape);
  if (isColumnSum(op, x, axes)) return reshape(columnSum(x, sizeOf(shape)), shape);
  if (isLongSum(op, x, sizeOf(shape))) return longSum(op, x, axes, shape);
  if (isImageMean(op, x, axes)) return reshape(record('GlobalAveragePool', [x], kept, x.dtype), shape);
  return record(op, [x, integers(axes)], shape, x.dtype, { keepdims: keepDims ? 1 : 0 });
}

function reduce(
  backend: OnnxBackend,
  x: tf.TensorInfo,
  { axis, keepDims }: Axes,
  compute: Compute,
): tf.TensorInfo {
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  if (backend.isChannelsFirst(x)) {
    const moved = axes.map(channelsFirstAxis).sort((a, b) => a - b);
    if (keepDims) return backend.makeChannelsFirst(compute(backend.channelsFirst(x), moved, true, backend));
    // Without the reduced axes both layouts agree, unless channels and a side of the image are left.
    const sideLeft = !axes.includes(1) || !axes.includes(2);
    if (axes.includes(3) || !sideLeft)
      return backend.make(compute(backend.channelsFirst(x), moved, false, backend));
  }
  const value = backend.plain(x);
  return backend.make(atOnce(backend, compute(value, axes, keepDims, backend), [value]));
}

/** Computes a reduction of a value over axes in ascending order. */
type Compute = (x: Value, axes: readonly number[], keepDims: boolean, backend: OnnxBackend) => Value;

const reduction = (name: string, compute: Compute) =>
  kernel<{ x: tf.TensorInfo }, Axes & { reductionIndices?: number | number[] }>(
    name,
    (backend, { x }, { axis, reductionIndices, keepDims }) =>
      reduce(backend, x, { axis: reductionIndices ?? axis, keepDims }, compute),
  );

/** Keeps NaN, which ONNX Runtime skips. */
const extremum =
  (op: 'ReduceMax' | 'ReduceMin'): Compute =>
  (x, axes, keepDims, backend) => {
    const result = reduceValue(op, numeric(x), axes, keepDims);
    if (x.dtype !== 'float32' || axes.length === 0) return cast(result, x.dtype);
    const now = atOnce(backend, result, [x]);
    if (now.node === undefined) return now; // JavaScript keeps NaN
    const missing = record('IsNaN', [x], x.shape, 'bool');
    const found = reduceValue('ReduceMax', cast(missing, 'int32'), axes, keepDims);
    return pointwise('Where', [isPositive(found), scalar(Number.NaN, 'float32'), result], 'float32');
  };

/** Multiplies integers in float64, where the product wraps around as in JavaScript. */
const product: Compute = (x, axes, keepDims) => {
  const isFloat = x.dtype === 'float32';
  const result = reduceValue('ReduceProd', isFloat ? x : cast(numeric(x), 'float64'), axes, keepDims);
  return cast(result, isFloat ? 'float32' : 'int32');
};

const isPositive = (x: Value): Value => pointwise('Greater', [x, scalar(0, x.dtype)], 'bool');

const arg = (name: string, op: string) =>
  kernel<tf.ArgMaxInputs, tf.ArgMaxAttrs>(name, (backend, { x }, { axis }) => {
    const value = numeric(backend.plain(x));
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    const shape = x.shape.filter((_, i) => i !== only);
    if (sizeOf(value.shape) === 0) return backend.make(expand(scalar(0, 'int32'), shape));
    const vector =
      value.shape.length === 0 ? [record('Reshape', [value, integers([1])], [1], value.dtype)] : [value];
    const place = cast(record(op, vector, shape, 'int64', { axis: only, keepdims: 0 }), 'int32');
    return backend.make(atOnce(backend, place, [value]));
  });

/** Moves a value along an axis by `distance`, up or (`reverse`) down, and fills the other end with ones. */
function shifted(x: Value, axis: number, distance: number, reverse: boolean): Value {
  const shift = reverse ? -distance : distance;
  return pad(
    x,
    x.shape.map((_, i) => (i === axis ? [shift, -shift] : [0, 0])),
    1,
  );
}

/** Products of all elements up to each one, in log₂(size) steps (Hillis and Steele, 1986): ONNX has only sums. */
function runningProducts(x: Value, axis: number, reverse: boolean): Value {
  let result = x;
  for (let distance = 1; distance < (x.shape[axis] ?? 1); distance *= 2) {
    result = pointwise('Mul', [result, shifted(result, axis, distance, reverse)]);
  }
  return result;
}

export const reductionKernels = [
  reduction(tf.Sum, (x, axes, keepDims) => reduceValue('ReduceSum', numeric(x), axes, keepDims)),
  reduction(tf.Mean, (x, axes, keepDims) => reduceValue('ReduceMean', cast(x, 'float32'), axes, keepDims)),
  reduction(tf.Prod, product),
  reduction(tf.Max, extremum('ReduceMax')),
  reduction(tf.Min, extremum('ReduceMin')),
  reduction(tf.Any, (x, axes, keepDims) => isPositive(reduceValue('ReduceMax', numeric(x), axes, keepDims))),
  reduction(tf.All, (x, axes, keepDims) => isPositive(reduceValue('ReduceMin', numeric(x), axes, keepDims))),
  arg(tf.ArgMax, 'ArgMax'),
  arg(tf.ArgMin, 'ArgMin'),
  kernel<tf.SoftmaxInputs, tf.SoftmaxAttrs>(tf.Softmax, (backend, { logits }, { dim }) => {
    const x = cast(backend.plain(logits), 'float32');
    const axis = dim < 0 ? dim + x.shape.length : dim;
    return backend.make(atOnce(backend, record('Softmax', [x], x.shape, 'float32', { axis }), [x]));
  }),
  kernel<tf.LogSoftmaxInputs, tf.LogSoftmaxAttrs>(tf.LogSoftmax, (backend, { logits }, { axis }) => {
    const x = cast(backend.plain(logits), 'float32');
    const last = axis < 0 ? axis + x.shape.length : axis;
    return backend.make(atOnce(backend, record('LogSoftmax', [x], x.shape, 'float32', { axis: last }), [x]));
  }),
  kernel<tf.CumsumInputs, tf.CumsumAttrs>(tf.Cumsum, (backend, { x }, { axis, exclusive, reverse }) => {
    const value = numeric(backend.plain(x));
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    return backend.make(
      record('CumSum', [value, scalar(only, 'int64')], value.shape, value.dtype, attributes),
    );
  }),
  kernel<tf.CumprodInputs, tf.CumprodAttrs>(tf.Cumprod, (backend, { x }, { axis, exclusive, reverse }) => {
    const value = numeric(backend.plain(x));
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    const products = runningProducts(exclusive ? shifted(value, only, 1, reverse) : value, only, reverse);
    return backend.make(products);
  }),
  kernel<tf.TopKInputs, tf.TopKAttrs>(tf.TopK, (backend, { x }, { k, sorted }) => {
    const given = backend.plain(x);
    const value = numeric(given);
    const shape = [...x.shape.slice(0, -1), k];
    const results = [
      { shape, dtype: value.dtype },
      { shape, dtype: 'int64' as const },
    ];
    const attributes = { axis: x.shape.length - 1, sorted: sorted ? 1 : 0 };
    const [values, indices] = recordMany('TopK', [value, integers([k])], results, attributes) as [
      Value,
      Value,
    ];
    return [backend.make(cast(values, given.dtype)), backend.make(cast(indices, 'int32'))];
  }),
];
