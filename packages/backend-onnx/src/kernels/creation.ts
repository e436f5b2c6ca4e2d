import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../backend.js';
import { graphDtype } from '../graph/dtype.js';
import {
  type Dtype,
  integers,
  known,
  makeData,
  newArray,
  record,
  sizeOf,
  type TypedArray,
} from '../graph/value.js';
import { kernel } from './kernel.js';

// Below this many elements a repeated number is cheaper as an array than as an operator.
const SMALL = 16;

function filled(dtype: Dtype, length: number, value: number): TypedArray {
  const array = newArray(dtype, length);
  if (value !== 0) for (let i = 0; i < length; i++) array[i] = value;
  return array;
}

function fill(
  backend: OnnxBackend,
  shape: readonly number[],
  value: number,
  dtype: tf.DataType,
): tf.TensorInfo {
  const type = graphDtype(dtype);
  const length = sizeOf(shape);
  // So are zeros of any size, which cost nothing to allocate: an optimiser's moments start as zeros.
  if (length <= SMALL || value === 0) return backend.makeKnown(filled(type, length, value), shape, type);
  const one = known([], type, makeData(filled(type, 1, value), type, false));
  const repeated = record('Expand', [one, integers(shape)], shape, type);
  repeated.splat = one;
  return backend.make(repeated);
}

export const creationKernels = [
  kernel<unknown, tf.FillAttrs>(tf.Fill, (backend, _, { shape, value, dtype }) => {
    if (typeof value !== 'number') throw new Error('onnx backend: fill with text is not supported');
    return fill(backend, shape, value, dtype ?? tf.util.inferDtype(value));
  }),
  kernel<tf.ZerosLikeInputs>(tf.ZerosLike, (backend, { x }) => fill(backend, x.shape, 0, x.dtype)),
  kernel<tf.OnesLikeInputs>(tf.OnesLike, (backend, { x }) => fill(backend, x.shape, 1, x.dtype)),
  kernel<unknown, tf.RangeAttrs>(tf.Range, (backend, _, { start, stop, step, dtype }) => {
    // tfjs inverts the default step for a falling range, but no other step.
    const stride = stop < start && step === 1 ? -1 : step;
    const empty = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
    const length = empty ? 0 : Math.abs(Math.ceil((stop - start) / step));
    const type = graphDtype(dtype);
    const array = newArray(type, length);
    for (let i = 0; i < length; i++) array[i] = i === 0 ? start : (array[i - 1] as number) + stride;
    return backend.makeKnown(array, [length], type);
  }),
  kernel<unknown, tf.LinSpaceAttrs>(tf.LinSpace, (backend, _, { start, stop, num }) => {
    const array = new Float32Array(num);
    for (let i = 0; i < num; i++) array[i] = start + (i * (stop - start)) / Math.max(num - 1, 1);
    return backend.makeKnown(array, [num], 'float32');
  }),
];
