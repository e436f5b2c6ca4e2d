import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../../backend.js';
import { graphDtype } from '../../graph/dtype.js';
import { reshape } from '../../graph/layout.js';
import {
  integers,
  known,
  makeData,
  record,
  recordMany,
  type Shape,
  sizeOf,
  type Value,
} from '../../graph/value.js';
import { cast, channelsFirstAxis, expand, kernel, numeric, pad, transpose } from '../kernel.js';

const IMAGE_ORDER = [0, 3, 1, 2];

/** Applies `compute`, which treats each axis by itself, in the order the images already have. */
export function alongAxes(
  backend: OnnxBackend,
  x: tf.TensorInfo,
  compute: (value: Value, order: readonly number[]) => Value,
): tf.TensorInfo {
  if (backend.isChannelsFirst(x))
    return backend.makeChannelsFirst(compute(backend.channelsFirst(x), IMAGE_ORDER));
  return backend.make(
    compute(
      backend.plain(x),
      x.shape.map((_, axis) => axis),
    ),
  );
}

/** A window of a value, `end` exclusive; a negative stride walks down from `begin`. */
export function window(
  x: Value,
  begin: readonly number[],
  counts: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): Value {
  const axes = x.shape.flatMap((size, axis) => (counts[axis] === size && strides[axis] === 1 ? [] : [axis]));
  if (axes.length === 0) return x;
  const pick = (values: readonly number[]) => axes.map((axis) => values[axis] as number);
  const ends = axes.map((axis) => {
    const end = (begin[axis] as number) + (counts[axis] as number) * (strides[axis] as number);
    return end < 0 ? -(2 ** 31) : end; // below the first element: ONNX counts a plain negative end from the back
  });
  const inputs = [x, integers(pick(begin)), integers(ends), integers(axes), integers(pick(strides))];
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

/** Index vectors of a mirrored axis: `before` and `after` extra elements; `skip` 1 leaves the edge out of the mirror. */
function mirrored(size: number, before: number, after: number, skip: number): number[] {
  const indices: number[] = [];
  for (let i = -before; i < size + after; i++) {
    indices.push(i < 0 ? -i - 1 + skip : i >= size ? 2 * size - 1 - skip - i : i);
  }
  return indices;
}

function splitSizes(x: tf.TensorInfo, numOrSizeSplits: number | number[], axis: number): number[] {
  return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, axis);
}

function split(x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  const results = sizes.map((size) => ({
    shape: x.shape.map((full, i) => (i === axis ? size : full)),
    dtype: x.dtype,
  }));
  return recordMany('Split', [x, integers(sizes)], results, { axis });
}

function concat(values: Value[], axis: number): Value {
  const filled = values.filter(({ shape }) => sizeOf(shape) > 0);
  const [first = values[0] as Value] = filled;
  if (filled.length === 1) return first;
  const shape = [...first.shape];
  shape[axis] = values.reduce((sum, value) => sum + (value.shape[axis] as number), 0);
  return record('Concat', filled, shape, first.dtype, { axis });
}

export const shapeKernels = [
  kernel<tf.IdentityInputs>(tf.Identity, (backend, { x }) => backend.share(x)),
  kernel<tf.ReshapeInputs, tf.ReshapeAttrs>(tf.Reshape, (backend, { x }, { shape }) => {
    const wanted = tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape(x.shape));
    tf.util.assert(
      tf.util.sizeFromShape(x.shape) === tf.util.sizeFromShape(wanted),
      () =>
        `The new shape (${wanted}) has ${tf.util.sizeFromShape(wanted)} elements and the old shape (${x.shape}) has ` +
        `${tf.util.sizeFromShape(x.shape)} elements. The new shape and old shape must have the same number of elements.`,
    );
    return backend.share(x, wanted);
  }),
  kernel<tf.ExpandDimsInputs, tf.ExpandDimsAttrs>(tf.ExpandDims, (backend, { input }, { dim }) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? input.shape.length + dim + 1 : dim, 0, 1);
    return backend.share(input, shape);
  }),
  kernel<tf.CastInputs, tf.CastAttrs>(tf.Cast, (backend, { x }, { dtype }) => {
    const wanted = graphDtype(dtype);
    if (x.dtype === wanted) return backend.share(x);
    if (backend.isChannelsFirst(x)) return backend.makeChannelsFirst(cast(backend.channelsFirst(x), wanted));
    return backend.make(cast(backend.plain(x), wanted));
  }),
  kernel<tf.TransposeInputs, tf.TransposeAttrs>(tf.Transpose, (backend, { x }, { perm }) => {
    if (perm.every((axis, i) => axis === i)) return backend.share(x);
    if (!backend.isChannelsFirst(x)) return backend.make(transpose(backend.plain(x), perm));
    const combined = perm.map(channelsFirstAxis);
    return backend.make(transpose(backend.channelsFirst(x), combined));
  }),
  kernel<tf.TensorInfo[], tf.ConcatAttrs>(tf.Concat, (backend, inputs, { axis }) => {
    const [only = 0] = tf.util.parseAxisParam(axis, (inputs[0] as tf.TensorInfo).shape);
    const shapes = inputs.map(({ shape }) => shape);
    tf.backend_util.assertParamsConsistent(shapes, only);
    if (tf.util.sizeFromShape(tf.backend_util.computeOutShape(shapes, only)) === 0) {
      const shape = tf.backend_util.computeOutShape(shapes, only);
      return backend.makeKnown(new Float32Array(0), shape, (inputs[0] as tf.TensorInfo).dtype);
    }
    const filled = inputs.filter(({ shape }) => tf.util.sizeFromShape(shape) > 0);
    if (filled.length === 1) return backend.share(filled[0] as tf.TensorInfo);
    if (filled.some((x) => backend.isChannelsFirst(x))) {
      const values = filled.map((x) => backend.channelsFirst(x));
      return backend.makeChannelsFirst(concat(values, channelsFirstAxis(only)));
    }
    return backend.make(
      concat(
        filled.map((x) => backend.plain(x)),
        only,
      ),
    );
  }),
  kernel<tf.TensorInfo[], tf.PackAttrs>(tf.Pack, (backend, inputs, { axis }) => {
    const [first] = inputs as [tf.TensorInfo];
    const place = axis < 0 ? axis + first.shape.length + 1 : axis;
    const values = inputs.map((x) => {
      tf.util.assertShapesMatch(
        first.shape,
        x.shape,
        'All tensors passed to stack must have matching shapes',
      );
      return reshape(backend.plain(x), [...x.shape.slice(0, place), 1, ...x.shape.slice(place)]);
    });
    if (values.length === 1) return backend.share(first, (values[0] as Value).shape);
    return backend.make(concat(values, place));
  }),
  kernel<tf.UnpackInputs, tf.UnpackAttrs>(tf.Unpack, (backend, { value }, { axis }) => {
    const place = axis < 0 ? axis + value.shape.length : axis;
    const count = value.shape[place] as number;
    const shape = value.shape.filter((_, i) => i !== place);
    if (count === 1) return [backend.share(value, shape)];
    const parts = split(backend.plain(value), Array<number>(count).fill(1), place);
    return parts.map((part) => backend.make(reshape(part, shape)));
  }),
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
  kernel<tf.SplitVInputs, tf.SplitVAttrs>(tf.SplitV, (backend, { x }, { numOrSizeSplits, axis }) => {
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    const sizes = splitSizes(x, numOrSizeSplits, only);
    if (sizes.length === 1) return [backend.share(x)];
    if (backend.isChannelsFirst(x)) {
      const parts = split(backend.channelsFirst(x), sizes, channelsFirstAxis(only));
      return parts.map((part) => backend.makeChannelsFirst(part));
    }
    return split(backend.plain(x), sizes, only).map((part) => backend.make(part));
  }),
  kernel<tf.PadV2Inputs, tf.PadV2Attrs>(tf.PadV2, (backend, { x }, { paddings, constantValue }) => {
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return backend.share(x);
    return alongAxes(backend, x, (value, order) =>
      pad(
        value,
        order.map((axis) => paddings[axis] as [number, number]),
        constantValue,
      ),
    );
  }),
  kernel<tf.MirrorPadInputs, tf.MirrorPadAttrs>(tf.MirrorPad, (backend, { x }, { paddings, mode }) =>
    alongAxes(backend, x, (value, order) => {
      let result = value;
      order.forEach((axis, i) => {
        const [before, after] = paddings[axis] as [number, number];
        if (before === 0 && after === 0) return;
        const indices = mirrored(value.shape[i] as number, before, after, mode === 'reflect' ? 1 : 0);
        const shape = result.shape.map((size, j) => (j === i ? indices.length : size));
        result = record('Gather', [result, integers(indices)], shape, value.dtype, { axis: i });
      });
      return result;
    }),
  ),
  kernel<tf.TileInputs, tf.TileAttrs>(tf.Tile, (backend, { x }, { reps }) => {
    if (reps.every((count) => count === 1)) return backend.share(x);
    return alongAxes(backend, x, (value, order) => {
      const counts = order.map((axis) => reps[axis] as number);
      const shape = value.shape.map((size, i) => size * (counts[i] as number));
      // Repeating a size of 1 is a broadcast.
      const broadcast = value.shape.every((size, i) => size === 1 || counts[i] === 1);
      const inputs = [value, integers(broadcast ? shape : counts)];
      return record(broadcast ? 'Expand' : 'Tile', inputs, shape, value.dtype);
    });
  }),
  kernel<tf.BroadcastToInputs, tf.BroadCastToAttrs>(tf.BroadcastTo, (backend, { x }, { shape }) => {
    return backend.make(expand(backend.plain(x), shape));
  }),
  kernel<tf.ReverseInputs, tf.ReverseAttrs>(tf.Reverse, (backend, { x }, { dims }) =>
    reverse(backend, x, tf.util.parseAxisParam(dims, x.shape)),
  ),
  kernel<tf.FlipLeftRightInputs>(tf.FlipLeftRight, (backend, { image }) => reverse(backend, image, [2])),
  kernel<tf.DiagInputs>(tf.Diag, (backend, { x }) => {
    const size = sizeOf(x.shape);
    if (size === 0) return backend.makeKnown(new Float32Array(0), [...x.shape, ...x.shape], x.dtype);
    // Rows one longer than the matrix's: each element moves one column on.
    const value = numeric(backend.plain({ ...x, shape: [size, 1] }));
    const rows = reshape(
      pad(value, [
        [0, 0],
        [0, size],
      ]),
      [size * (size + 1)],
    );
    const matrix = window(rows, [0], [size * size]);
    return backend.make(cast(reshape(matrix, [...x.shape, ...x.shape]), graphDtype(x.dtype)));
  }),
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
