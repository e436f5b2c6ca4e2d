import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../../graph/layout.js';
import { record, scalar, sizeOf, type Value } from '../../graph/value.js';
import { cast, expand, kernel } from '../kernel.js';

/** `target` with `updates` written, or added, at the `indices` `[…, K]` of its first K axes. */
function scatter(target: Value, indices: Value, updates: Value, reduction: 'none' | 'add'): Value {
  const inputs = [target, cast(indices, 'int64'), updates];
  return record('ScatterND', inputs, target.shape, target.dtype, reduction === 'none' ? {} : { reduction });
}

export const scatterKernels = [
  // Values for the same index add up.
  kernel<tf.ScatterNdInputs, tf.ScatterNdAttrs>(tf.ScatterNd, (backend, { indices, updates }, { shape }) => {
    const values = backend.plain(updates);
    const zeros = expand(scalar(0, values.dtype), shape);
    return backend.make(scatter(zeros, backend.plain(indices), values, 'add'));
  }),
  kernel<tf.TensorScatterUpdateInputs, tf.TensorScatterUpdateAttrs>(
    tf.TensorScatterUpdate,
    (backend, { tensor, indices, updates }) =>
      backend.make(scatter(backend.plain(tensor), backend.plain(indices), backend.plain(updates), 'none')),
  ),
  kernel<tf.SparseToDenseInputs, tf.SparseToDenseAttrs>(
    tf.SparseToDense,
    (backend, { sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
      const places = backend.plain(sparseIndices);
      // A list of numbers, or one number, contains indices of a list.
      const width = places.shape.length < 2 ? 1 : (places.shape[1] as number);
      const length = sizeOf(places.shape) / width;
      const values = backend.plain(sparseValues);
      const updates = values.shape.length === 0 ? expand(values, [length]) : values;
      const start = expand(cast(backend.plain(defaultValue), values.dtype), outputShape);
      return backend.make(scatter(start, reshape(places, [length, width]), updates, 'none'));
    },
  ),
];
