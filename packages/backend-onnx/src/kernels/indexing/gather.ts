import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../../backend.js';
import { reshape } from '../../graph/layout.js';
import { constant, integers, record, scalar, sizeOf, type Value } from '../../graph/value.js';
import { cast, expand, kernel, pointwise, transpose } from '../kernel.js';

/** Rows of a table [rows, width], chosen by indices of any shape. */
function gatherRows(table: Value, indices: Value): Value {
  const shape = [...indices.shape, ...table.shape.slice(1)];
  return record('Gather', [table, indices], shape, table.dtype, { axis: 0 });
}

/** Refuses known indices outside [0, size) at the call; ONNX Runtime refuses unknown ones when it runs. */
function assertIndices(backend: OnnxBackend, indices: tf.TensorInfo, size: number): void {
  const bad = backend.dataOf(indices)?.array.find((index) => index < 0 || index >= size);
  tf.util.assert(bad === undefined, () => `GatherV2: the index value ${bad} is not in [0, ${size - 1}]`);
}

const count = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

export const gatherKernels = [
  kernel<tf.GatherV2Inputs, tf.GatherV2Attrs>(tf.GatherV2, (backend, { x, indices }, { axis, batchDims }) => {
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    assertIndices(backend, indices, x.shape[only] as number);
    const [table, chosen] = [backend.plain(x), cast(backend.plain(indices), 'int32')];
    if (batchDims === 0) {
      const shape = [...x.shape.slice(0, only), ...indices.shape, ...x.shape.slice(only + 1)];
      return backend.make(record('Gather', [table, chosen], shape, table.dtype, { axis: only }));
    }
    // One table for the whole batch, with consecutive row numbers.
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      tf.backend_util.segment_util.collectGatherOpShapeInfo(
        x as tf.Tensor,
        indices as tf.Tensor,
        only,
        batchDims,
      );
    const each = sizeOf(indices.shape) / batchSize;
    const rows = transpose(reshape(table, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3]);
    const offsets = constant(
      [batchSize, 1],
      'int32',
      count(batchSize).map((i) => i * dimSize),
    );
    const numbered = pointwise('Add', [reshape(chosen, [batchSize, each]), offsets]);
    const picked = gatherRows(reshape(rows, [batchSize * dimSize, outerSize, sliceSize]), numbered);
    return backend.make(reshape(transpose(picked, [0, 2, 1, 3]), outputShape));
  }),
  kernel<tf.GatherNdInputs, tf.GatherNdInputs>(tf.GatherNd, (backend, { params, indices }) => {
    const [shape] = tf.backend_util.prepareAndValidate(params as tf.Tensor, indices as tf.Tensor);
    const table = backend.plain(params);
    return backend.make(
      record('GatherND', [table, cast(backend.plain(indices), 'int64')], shape, table.dtype),
    );
  }),
  kernel<tf.OneHotInputs, tf.OneHotAttrs>(tf.OneHot, (backend, { indices }, attributes) => {
    const { dtype, depth, onValue, offValue } = attributes;
    const places = cast(backend.plain(indices), 'int32');
    const classes = constant([depth], 'int32', count(depth));
    const hit = pointwise('Equal', [reshape(places, [...places.shape, 1]), classes], 'bool');
    const type = dtype === 'int32' || dtype === 'bool' ? 'int32' : 'float32';
    const result =
      onValue === 1 && offValue === 0
        ? cast(hit, type)
        : pointwise('Where', [hit, scalar(onValue, type), scalar(offValue, type)], type);
    return backend.make(dtype === 'bool' ? cast(result, 'bool') : result);
  }),
  kernel<tf.UnsortedSegmentSumInputs, tf.UnsortedSegmentSumAttrs>(
    tf.UnsortedSegmentSum,
    (backend, { x, segmentIds }, { numSegments }) => {
      const values = backend.plain(x);
      const rank = segmentIds.shape.length;
      tf.util.assertShapesMatch(segmentIds.shape, x.shape.slice(0, rank), 'Error in unsortedSegmentSum: ');
      const length = sizeOf(segmentIds.shape);
      const inner = x.shape.slice(rank);
      const ids = reshape(cast(backend.plain(segmentIds), 'int32'), [length]);
      // Invalid ids go to a row that is cut off.
      const last = scalar(numSegments, 'int32');
      const negative = pointwise('Less', [ids, scalar(0, 'int32')], 'bool');
      const rows = pointwise('Min', [pointwise('Where', [negative, last, ids], 'int32'), last]);
      const shape = [numSegments + 1, ...inner];
      const zeros = expand(scalar(0, values.dtype), shape);
      const places = cast(reshape(rows, [length, 1]), 'int64');
      const inputs = [zeros, places, reshape(values, [length, ...inner])];
      const sums = record('ScatterND', inputs, shape, values.dtype, { reduction: 'add' });
      const result = [numSegments, ...inner];
      return backend.make(
        record('Slice', [sums, integers([0]), integers([numSegments]), integers([0])], result, values.dtype),
      );
    },
  ),
];
