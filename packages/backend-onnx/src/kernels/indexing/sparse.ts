import * as tf from '@tensorflow/tfjs-core';
import { known, makeData, newArray, record, scalar, type TypedArray } from '../../graph/value.js';
import { cast, expand, kernel, pointwise } from '../kernel.js';
import { read } from './host.js';

// Sparse tensors are lists of indices, so the shapes of results depend on values, which are read here.

const { backend_util: messages } = tf;

const assertRank = (info: tf.TensorInfo, rank: number, message: string): void =>
  tf.util.assert(info.shape.length === rank, () => `${message} ${info.shape}`);

/** Checks segment ids and indices as tfjs does, and counts the members of each segment. */
function segmentSizes(ids: ArrayLike<number>, indices: ArrayLike<number>, rows: number): number[] {
  const sizes: number[] = [];
  let last = 0;
  for (let i = 0; i < ids.length; i++) {
    const [id, index] = [ids[i] as number, indices[i] as number];
    tf.util.assert(id >= 0, () => messages.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());
    tf.util.assert(id >= last, () => messages.getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage());
    tf.util.assert(index >= 0 && index < rows, () =>
      messages.getSparseSegmentReductionIndicesOutOfRangeErrorMessage(i, index, rows),
    );
    while (sizes.length <= id) sizes.push(0);
    sizes[id] = (sizes[id] as number) + 1;
    last = id;
  }
  return sizes;
}

const segmentReduction = (name: string, mean: boolean) =>
  kernel<tf.SparseSegmentSumInputs>(name, (backend, { data, indices, segmentIds }) => {
    tf.util.assert(data.shape.length > 0, () => 'Data should be at least 1 dimensional but received scalar');
    assertRank(indices, 1, 'Indices should be a vector but received shape');
    assertRank(segmentIds, 1, 'Segment ids should be a vector but received shape');
    tf.util.assert(
      indices.shape[0] === segmentIds.shape[0],
      () => 'segmentIds and indices should have same size.',
    );
    const [rows = 0, ...inner] = data.shape;
    const sizes = segmentSizes(read(backend, segmentIds), read(backend, indices), rows);
    const length = indices.shape[0] as number;
    const shape = [sizes.length, ...inner];
    const values = backend.plain(data);
    const picked = record('Gather', [values, backend.plain(indices)], [length, ...inner], values.dtype, {
      axis: 0,
    });
    const places = cast(backend.plain({ ...segmentIds, shape: [length, 1] }), 'int64');
    const zeros = expand(scalar(0, values.dtype), shape);
    const sums = record('ScatterND', [zeros, places, picked], shape, values.dtype, { reduction: 'add' });
    if (!mean) return backend.make(sums);
    const counts = Float32Array.from(sizes, (size) => Math.max(size, 1));
    const divisor = known(
      [sizes.length, ...inner.map(() => 1)],
      'float32',
      makeData(counts, 'float32', false),
    );
    const means = pointwise('Div', [cast(sums, 'float32'), divisor]);
    return backend.make(cast(means, values.dtype));
  });

export const sparseKernels = [
  segmentReduction(tf.SparseSegmentSum, false),
  segmentReduction(tf.SparseSegmentMean, true),
  kernel<tf.SparseReshapeInputs>(tf.SparseReshape, (backend, { inputIndices, inputShape, newShape }) => {
    assertRank(inputIndices, 2, 'Input indices should be a matrix but received shape');
    assertRank(inputShape, 1, 'Input shape should be a vector but received shape');
    assertRank(newShape, 1, 'Target shape should be a vector but received shape');
    const from = [...read(backend, inputShape)];
    const to = resolveShape(from, [...read(backend, newShape)]);
    const indices = read(backend, inputIndices);
    const count = inputIndices.shape[0] as number;
    const moved = new Int32Array(count * to.length);
    for (let i = 0; i < count; i++) {
      let flat = from.reduce(
        (sum, size, axis) => sum * size + (indices[i * from.length + axis] as number),
        0,
      );
      for (let axis = to.length - 1; axis >= 0; axis--) {
        const size = to[axis] as number;
        moved[i * to.length + axis] = flat % size;
        flat = Math.floor(flat / size);
      }
    }
    return [
      backend.makeKnown(moved, [count, to.length], inputIndices.dtype),
      backend.makeKnown(Int32Array.from(to), [to.length], newShape.dtype),
    ];
  }),
  kernel<tf.SparseFillEmptyRowsInputs>(
    tf.SparseFillEmptyRows,
    (backend, { indices, values, denseShape, defaultValue }) => {
      assertRank(denseShape, 1, 'Dense shape must be a vector, saw:');
      assertRank(indices, 2, 'Indices must be a matrix, saw:');
      assertRank(values, 1, 'Values must be a vector, saw:');
      assertRank(defaultValue, 0, 'Default value must be a scalar, saw:');
      const [places, kept] = [read(backend, indices), read(backend, values)];
      const [count, rank] = indices.shape as [number, number];
      const rows = read(backend, denseShape)[0] as number;
      const members = membersOfRows(places, count, rank, rows);
      const order = members.flatMap((row) => (row.length === 0 ? [-1] : row));
      const filled = new Int32Array(order.length * rank);
      const result = newArray(values.dtype as 'float32', order.length) as Exclude<TypedArray, BigInt64Array>;
      const newPlace = new Int32Array(count);
      const fill = read(backend, defaultValue)[0] as number;
      order.forEach((old, place) => {
        result[place] = old < 0 ? fill : (kept[old] as number);
        if (old < 0) return;
        newPlace[old] = place;
        filled.set(places.subarray(old * rank, (old + 1) * rank), place * rank);
      });
      let place = 0;
      members.forEach((row, i) => {
        if (row.length === 0) filled[place * rank] = i;
        place += Math.max(row.length, 1);
      });
      const empty = Uint8Array.from(members, (row) => (row.length === 0 ? 1 : 0));
      return [
        backend.makeKnown(filled, [order.length, rank], indices.dtype),
        backend.makeKnown(result, [order.length], values.dtype),
        backend.makeKnown(empty, [rows], 'bool'),
        backend.makeKnown(newPlace, [count], indices.dtype),
      ];
    },
  ),
];

/** For each row, the numbers of the elements in it. */
function membersOfRows(places: ArrayLike<number>, count: number, rank: number, rows: number): number[][] {
  tf.util.assert(rows > 0 || count === 0, () =>
    messages.getSparseFillEmptyRowsIndicesDenseShapeMismatch(count),
  );
  const members = Array.from({ length: rows }, (): number[] => []);
  for (let i = 0; i < count; i++) {
    const row = places[i * rank] as number;
    tf.util.assert(row >= 0, () => messages.getSparseFillEmptyRowsNegativeIndexErrorMessage(i, row));
    tf.util.assert(row < rows, () =>
      messages.getSparseFillEmptyRowsOutOfRangeIndexErrorMessage(i, row, rows),
    );
    members[row]?.push(i);
  }
  return members;
}

/** A target shape with its one open size, -1, filled in. */
function resolveShape(from: number[], target: number[]): number[] {
  const open = target.indexOf(-1);
  const second = target.indexOf(-1, open + 1);
  tf.util.assert(open < 0 || second < 0, () =>
    messages.getSparseReshapeMultipleNegativeOneOutputDimErrorMessage(open, second),
  );
  target.forEach((size, axis) => {
    tf.util.assert(size >= -1, () => messages.getSparseReshapeNegativeOutputDimErrorMessage(axis, size));
  });
  const total = tf.util.sizeFromShape(from);
  const shape = target.map((size) => (size === -1 ? 1 : size));
  if (open >= 0) {
    const rest = tf.util.sizeFromShape(shape);
    tf.util.assert(rest > 0, () => messages.getSparseReshapeEmptyTensorZeroOutputDimErrorMessage());
    tf.util.assert(total % rest === 0, () =>
      messages.getSparseReshapeInputOutputMultipleErrorMessage(from, shape),
    );
    shape[open] = total / rest;
  }
  tf.util.assert(tf.util.sizeFromShape(shape) === total, () =>
    messages.getSparseReshapeInputOutputMismatchErrorMessage(from, shape),
  );
  return shape;
}
