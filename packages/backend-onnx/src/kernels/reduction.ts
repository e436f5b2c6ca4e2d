import * as tf from '@tensorflow/tfjs-core';
import { type OnnxBackend, reshape } from '../backend.js';
import { integers, record, recordMany, scalar, sizeOf, type Value } from '../graph/value.js';
import { cast, channelsFirstAxis, expand, kernel, numeric, pointwise } from './kernel.js';

interface Axes {
  axis: number | number[];
  keepDims: boolean;
}

// What a reduction over no elements gives, for float32 and int32; zero where nothing is said.
const EMPTY: Record<string, readonly [number, number]> = {
  ReduceProd: [1, 1],
  ReduceMax: [-Infinity, -(2 ** 31)],
  ReduceMin: [Infinity, 2 ** 31 - 1],
  ReduceMean: [Number.NaN, 0],
};

/** The mean over both sides of an image has an operator of its own, which works on blocked images too. */
const isImageMean = (op: string, x: Value, axes: readonly number[]): boolean =>
  op === 'ReduceMean' && x.shape.length === 4 && axes.length === 2 && axes[0] === 2 && axes[1] === 3;

function reduceValue(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
  if (sizeOf(x.shape) === 0)
    return expand(scalar(EMPTY[op]?.[x.dtype === 'int32' ? 1 : 0] ?? 0, x.dtype), shape);
  if (isImageMean(op, x, axes)) return reshape(record('GlobalAveragePool', [x], kept, x.dtype), shape);
  return record(op, [x, integers(axes)], shape, x.dtype, { keepdims: keepDims ? 1 : 0 });
}

function reduce(
  backend: OnnxBackend,
  x: tf.TensorInfo,
  { axis, keepDims }: Axes,
  compute: (value: Value, axes: readonly number[], keepDims: boolean) => Value,
): tf.TensorInfo {
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  if (backend.isChannelsFirst(x)) {
    const moved = axes.map(channelsFirstAxis).sort((a, b) => a - b);
    if (keepDims) return backend.makeChannelsFirst(compute(backend.channelsFirst(x), moved, true));
    // Without the reduced axes both layouts agree, unless channels and a side of the image are left.
    const sideLeft = !axes.includes(1) || !axes.includes(2);
    if (axes.includes(3) || !sideLeft) return backend.make(compute(backend.channelsFirst(x), moved, false));
  }
  return backend.make(compute(backend.plain(x), axes, keepDims));
}

const reduction = (
  name: string,
  op: string,
  before: (x: Value) => Value,
  after?: (result: Value, x: Value) => Value,
) =>
  kernel<{ x: tf.TensorInfo }, Axes & { reductionIndices?: number | number[] }>(
    name,
    (backend, { x }, attributes) => {
      const axis = attributes.reductionIndices ?? attributes.axis;
      return reduce(backend, x, { axis, keepDims: attributes.keepDims }, (value, axes, keepDims) => {
        const ready = before(value);
        const result = axes.length === 0 ? ready : reduceValue(op, ready, axes, keepDims);
        return after === undefined ? result : after(result, value);
      });
    },
  );

const toFloat = (x: Value): Value => cast(x, 'float32');
const sameType = (result: Value, x: Value): Value => cast(result, x.dtype);
const isPositive = (result: Value): Value => pointwise('Greater', [result, scalar(0, result.dtype)], 'bool');

const arg = (name: string, op: string) =>
  kernel<tf.ArgMaxInputs, tf.ArgMaxAttrs>(name, (backend, { x }, { axis }) => {
    const value = numeric(backend.plain(x));
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    const shape = x.shape.filter((_, i) => i !== only);
    const vector =
      value.shape.length === 0 ? [record('Reshape', [value, integers([1])], [1], value.dtype)] : [value];
    return backend.make(cast(record(op, vector, shape, 'int64', { axis: only, keepdims: 0 }), 'int32'));
  });

export const reductionKernels = [
  reduction(tf.Sum, 'ReduceSum', numeric),
  reduction(tf.Mean, 'ReduceMean', toFloat),
  reduction(tf.Prod, 'ReduceProd', numeric),
  reduction(tf.Max, 'ReduceMax', numeric, sameType),
  reduction(tf.Min, 'ReduceMin', numeric, sameType),
  reduction(tf.Any, 'ReduceMax', numeric, isPositive),
  reduction(tf.All, 'ReduceMin', numeric, isPositive),
  arg(tf.ArgMax, 'ArgMax'),
  arg(tf.ArgMin, 'ArgMin'),
  kernel<tf.SoftmaxInputs, tf.SoftmaxAttrs>(tf.Softmax, (backend, { logits }, { dim }) => {
    const x = toFloat(backend.plain(logits));
    const axis = dim < 0 ? dim + x.shape.length : dim;
    return backend.make(record('Softmax', [x], x.shape, 'float32', { axis }));
  }),
  kernel<tf.LogSoftmaxInputs, tf.LogSoftmaxAttrs>(tf.LogSoftmax, (backend, { logits }, { axis }) => {
    const x = toFloat(backend.plain(logits));
    const last = axis < 0 ? axis + x.shape.length : axis;
    return backend.make(record('LogSoftmax', [x], x.shape, 'float32', { axis: last }));
  }),
  kernel<tf.CumsumInputs, tf.CumsumAttrs>(tf.Cumsum, (backend, { x }, { axis, exclusive, reverse }) => {
    const value = numeric(backend.plain(x));
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    return backend.make(
      record('CumSum', [value, scalar(only, 'int64')], value.shape, value.dtype, attributes),
    );
  }),
  kernel<tf.TopKInputs, tf.TopKAttrs>(tf.TopK, (backend, { x }, { k, sorted }) => {
    const value = backend.plain(x);
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
    return [backend.make(values), backend.make(cast(indices, 'int32'))];
  }),
];
