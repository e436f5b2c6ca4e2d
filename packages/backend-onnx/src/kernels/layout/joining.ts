import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../../graph/layout.js';
import { integers, record, recordMany, sizeOf, type Value } from '../../graph/value.js';
import { channelsFirstAxis, kernel, store } from '../kernel.js';

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

/** Values one after the other, in the type of the first. */
function concat(values: readonly Value[], axis: number): Value {
  const [first] = values as [Value];
  const filled: Value[] = [];
  let length = 0;
  for (const value of values) {
    length += value.shape[axis] as number;
    if (sizeOf(value.shape) > 0) filled.push(store(value, first.dtype));
  }
  const [only = first] = filled;
  if (filled.length === 1) return only;
  const shape = [...only.shape];
  shape[axis] = length;
  return record('Concat', filled, shape, first.dtype, { axis });
}

export const joiningKernels = [
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
      tf.util.assert(first.dtype === x.dtype, () => 'All tensors passed to stack must have matching dtypes');
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
];
