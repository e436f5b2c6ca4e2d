import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../../backend.js';
import { reshape } from '../../graph/layout.js';
import { integers, known, makeData, record, type Shape, sizeOf, type Value } from '../../graph/value.js';
import { alongAxes, kernel } from '../kernel.js';

/** A window of a value, `end` exclusive; a negative stride walks down from `begin`. */
export function window(
  x: Value,
  begin: readonly number[],
  counts: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): Value {
  const [axes, starts, ends, steps]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let axis = 0; axis < counts.length; axis++) {
    const [start, count, step] = [begin[axis] as number, counts[axis] as number, strides[axis] as number];
    if (count === x.shape[axis] && step === 1) continue;
    const end = start + count * step;
    axes.push(axis);
    starts.push(start);
    ends.push(end < 0 ? -(2 ** 31) : end); // below the first element: ONNX counts a plain negative end from the back
    steps.push(step);
  }
  if (axes.length === 0) return x;
  const inputs = [x, integers(starts), integers(ends), integers(axes), integers(steps)];
  return record('Slice', inputs, counts, x.dtype);
}

/** Where a window of known elements starts, if it is one piece of them. */
function pieceStart(shape: Shape, begin: readonly number[], size: readonly number[]): number | undefined {
  let start = 0;
  let stride = 1;
  let whole = true;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [full, from, count] = [shape[axis] as number, begin[axis] as number, size[axis] as number];
    if (!whole && count !== 1) return undefined;
    if (count !== full) whole = false;
    start += from * stride;
    stride *= full;
  }
  return start;
}

function slice(backend: OnnxBackend, x: tf.TensorInfo, begin: number[], size: number[]): tf.TensorInfo {
  const data = backend.dataOf(x);
  const start = data === undefined ? undefined : pieceStart(x.shape, begin, size);
  if (data !== undefined && start !== undefined) {
    data.reusable = false; // the window shares its memory
    return backend.makeKnown(data.array.subarray(start, start + sizeOf(size)), size, x.dtype);
  }
  if (data !== undefined && sizeOf(size) > 0) {
    // A window that moves over a known tensor from run to run is an input, so that the graph stays the same.
    const value = backend.plain(x);
    const numbers = (values: number[]): Value =>
      known([values.length], 'int64', makeData(BigInt64Array.from(values, BigInt), 'int64', false));
    const ends = begin.map((from, axis) => from + (size[axis] as number));
    const moving = record('Slice', [value, numbers(begin), numbers(ends)], size, value.dtype);
    return backend.make(record('Reshape', [moving, integers(size)], size, value.dtype));
  }
  return alongAxes(backend, x, (value, order) =>
    window(
      value,
      order.map((axis) => begin[axis] as number),
      order.map((axis) => size[axis] as number),
    ),
  );
}

export const slicingKernels = [
  kernel<tf.SliceInputs, tf.SliceAttrs>(tf.Slice, (backend, { x }, { begin, size }) => {
    const [from, counts] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x as tf.Tensor, from, counts);
    if (tf.util.arraysEqual(counts, x.shape)) return backend.share(x);
    return slice(backend, x, from, counts);
  }),
  kernel<tf.StridedSliceInputs, tf.StridedSliceAttrs>(tf.StridedSlice, (backend, { x }, attributes) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
    const { finalShape, isIdentity, ...info } = tf.slice_util.sliceInfo(
      x.shape,
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    if (isIdentity) return backend.share(x, finalShape);
    if (tf.util.sizeFromShape(finalShape) === 0) {
      return backend.makeKnown(new Float32Array(0), finalShape, x.dtype);
    }
    const { begin: from, end: to, strides: stride } = info;
    const counts = from.map((start, axis) =>
      Math.ceil(((to[axis] as number) - start) / (stride[axis] as number)),
    );
    return backend.make(reshape(window(backend.plain(x), from, counts, stride), finalShape));
  }),
  kernel<tf.ReverseInputs, tf.ReverseAttrs>(tf.Reverse, (backend, { x }, { dims }) =>
    reverse(backend, x, tf.util.parseAxisParam(dims, x.shape)),
  ),
  kernel<tf.FlipLeftRightInputs>(tf.FlipLeftRight, (backend, { image }) => reverse(backend, image, [2])),
];

function reverse(backend: OnnxBackend, x: tf.TensorInfo, axes: readonly number[]): tf.TensorInfo {
  if (x.shape.length === 0) return backend.share(x);
  return alongAxes(backend, x, (value, order) => {
    const turned = order.map((axis) => axes.includes(axis));
    return window(
      value,
      value.shape.map((size, i) => (turned[i] === true ? size - 1 : 0)),
      value.shape,
      turned.map((is) => (is ? -1 : 1)),
    );
  });
}
