import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../../backend.js';
import { graphDtype } from '../../graph/dtype.js';
import { newArray, type TypedArray } from '../../graph/value.js';
import { kernel } from '../kernel.js';

// Kernels whose output shape, or errors, depend on values: they read their inputs and compute here.

type Numbers = Exclude<TypedArray, BigInt64Array>;

/** The elements of a tensor; whatever is lazy runs now. */
export const read = (backend: OnnxBackend, info: tf.TensorInfo): Numbers =>
  backend.readSync(info.dataId) as Numbers;

const makeInts = (backend: OnnxBackend, values: readonly number[]): tf.TensorInfo =>
  backend.makeKnown(Int32Array.from(values), [values.length], 'int32');

/** The number of elements of an ascending part of `sorted` for which `isBefore` holds. */
function bound(sorted: Numbers, start: number, end: number, isBefore: (element: number) => boolean): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return high - start;
}

/** Adds each row's weights, or ones, to the bins that its elements name; bins beyond `size` are left out. */
function count(
  bins: Numbers,
  weights: Numbers,
  rows: number,
  { size, binaryOutput }: { size: number; binaryOutput?: boolean },
  result: Numbers,
): void {
  const columns = bins.length / rows;
  bins.forEach((bin: number, i: number) => {
    tf.util.assert(bin >= 0, () => 'Input x must be non-negative!');
    if (bin >= size) return;
    const at = Math.floor(i / columns) * size + bin;
    const weight = weights.length > 0 ? (weights[i] as number) : 1;
    result[at] = binaryOutput === true ? 1 : (result[at] as number) + weight;
  });
}

/** A kernel that counts: all elements together, or each row of a matrix by itself. */
const counting = (name: string, batchOf: (x: tf.TensorInfo) => number[]) =>
  kernel<tf.DenseBincountInputs, tf.DenseBincountAttrs>(name, (backend, { x, weights }, attributes) => {
    const batch = batchOf(x);
    const rows = tf.util.sizeFromShape(batch);
    const result = newArray(graphDtype(weights.dtype), rows * attributes.size);
    count(read(backend, x), read(backend, weights), rows, attributes, result as Numbers);
    return backend.makeKnown(result, [...batch, attributes.size], weights.dtype);
  });

const rowsOf = ({ shape }: tf.TensorInfo): number[] => {
  const { length: rank } = shape;
  tf.util.assert(
    rank === 1 || rank === 2,
    () => `Error in denseBincount: input must be at most rank 2, but got rank ${rank}.`,
  );
  return shape.slice(0, -1);
};

interface Suppression {
  maxOutputSize: number;
  iouThreshold: number;
  scoreThreshold: number;
}

type Boxes = { boxes: tf.TensorInfo; scores: tf.TensorInfo };

export const hostKernels = [
  counting(tf.Bincount, () => []),
  counting(tf.DenseBincount, rowsOf),
  kernel<tf.BroadcastArgsInputs>(tf.BroadcastArgs, (backend, { s0, s1 }) =>
    makeInts(
      backend,
      tf.backend_util.assertAndGetBroadcastShape([...read(backend, s0)], [...read(backend, s1)]),
    ),
  ),
  kernel<tf.SearchSortedInputs, tf.SearchSortedAttrs>(
    tf.SearchSorted,
    (backend, { sortedSequence, values }, { side }) => {
      const [sorted, wanted] = [read(backend, sortedSequence), read(backend, values)];
      const [length, each] = [sortedSequence.shape[1] as number, values.shape[1] as number];
      const places = Int32Array.from(wanted, (value, i) => {
        const start = Math.floor(i / each) * length;
        return bound(sorted, start, start + length, (element) =>
          side === 'left' ? element < value : element <= value,
        );
      });
      return backend.makeKnown(places, values.shape, 'int32');
    },
  ),
  kernel<tf.UniqueInputs, tf.UniqueAttrs>(tf.Unique, (backend, { x }, { axis }) => {
    const [only = 0] = tf.util.parseAxisParam(axis, x.shape);
    const values = read(backend, x);
    const length = x.shape[only] as number;
    const [outer, inner] = [
      tf.util.sizeFromShape(x.shape.slice(0, only)),
      tf.util.sizeFromShape(x.shape.slice(only + 1)),
    ];
    const places = new Map<string, number>();
    const firsts: number[] = [];
    const indices = Int32Array.from({ length }, (_, i) => {
      const slice: number[] = [];
      for (let row = 0; row < outer; row++) {
        for (let k = 0; k < inner; k++) slice.push(values[(row * length + i) * inner + k] as number);
      }
      const key = slice.join();
      const place = places.get(key) ?? firsts.push(i) - 1;
      places.set(key, place);
      return place;
    });
    const shape = x.shape.map((size, i) => (i === only ? firsts.length : size));
    const kept = values.slice(0, tf.util.sizeFromShape(shape));
    for (let row = 0; row < outer; row++) {
      firsts.forEach((first, place) => {
        const from = (row * length + first) * inner;
        kept.set(values.subarray(from, from + inner), (row * firsts.length + place) * inner);
      });
    }
    return [backend.makeKnown(kept, shape, x.dtype), backend.makeKnown(indices, [length], 'int32')];
  }),
  kernel<Boxes, Suppression>(tf.NonMaxSuppressionV3, (backend, { boxes, scores }, attributes) => {
    const { maxOutputSize, iouThreshold, scoreThreshold } = attributes;
    const { selectedIndices } = tf.kernel_impls.nonMaxSuppressionV3Impl(
      read(backend, boxes) as Float32Array,
      read(backend, scores) as Float32Array,
      maxOutputSize,
      iouThreshold,
      scoreThreshold,
    );
    return makeInts(backend, selectedIndices);
  }),
  kernel<Boxes, Suppression & { padToMaxOutputSize: boolean }>(
    tf.NonMaxSuppressionV4,
    (backend, { boxes, scores }, attributes) => {
      const { maxOutputSize, iouThreshold, scoreThreshold, padToMaxOutputSize } = attributes;
      const { selectedIndices, validOutputs } = tf.kernel_impls.nonMaxSuppressionV4Impl(
        read(backend, boxes) as Float32Array,
        read(backend, scores) as Float32Array,
        maxOutputSize,
        iouThreshold,
        scoreThreshold,
        padToMaxOutputSize,
      );
      const valid = backend.makeKnown(Int32Array.of(validOutputs ?? 0), [], 'int32');
      return [makeInts(backend, selectedIndices), valid];
    },
  ),
  kernel<Boxes, Suppression & { softNmsSigma: number }>(
    tf.NonMaxSuppressionV5,
    (backend, { boxes, scores }, attributes) => {
      const { maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma } = attributes;
      const { selectedIndices, selectedScores } = tf.kernel_impls.nonMaxSuppressionV5Impl(
        read(backend, boxes) as Float32Array,
        read(backend, scores) as Float32Array,
        maxOutputSize,
        iouThreshold,
        scoreThreshold,
        softNmsSigma,
      );
      const kept = Float32Array.from(selectedScores ?? []);
      return [makeInts(backend, selectedIndices), backend.makeKnown(kept, [kept.length], 'float32')];
    },
  ),
];
