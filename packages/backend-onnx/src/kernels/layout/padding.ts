import * as tf from '@tensorflow/tfjs-core';
import { graphDtype } from '../../graph/dtype.js';
import { reshape } from '../../graph/layout.js';
import { integers, record, sizeOf } from '../../graph/value.js';
import { alongAxes, cast, expand, kernel, numeric, pad } from '../kernel.js';
import { window } from './slicing.js';

/** Index vectors of a mirrored axis: `before` and `after` extra elements; `skip` 1 leaves the edge out of the mirror. */
function mirrored(size: number, before: number, after: number, skip: number): number[] {
  const indices: number[] = [];
  for (let i = -before; i < size + after; i++) {
    indices.push(i < 0 ? -i - 1 + skip : i >= size ? 2 * size - 1 - skip - i : i);
  }
  return indices;
}

export const paddingKernels = [
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
