import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyTensors,
  conforms,
  fixed,
  make,
  refused,
  type Spec,
  shapes,
  smallInts,
  tame,
  tensors,
} from './harness.js';

/** Indices below `size`. */
const indices = (shape: fc.Arbitrary<number[]>, size: number): fc.Arbitrary<Spec> =>
  tensors(shape, 'int32', fc.nat({ max: Math.max(size - 1, 0) }));

test('gather', () =>
  conforms(
    anyTensors(shapes(1, 4, false)).chain((x) =>
      fc
        .nat({ max: x.shape.length - 1 })
        .chain((axis) =>
          fc.tuple(fc.constant(x), fc.constant(axis), indices(shapes(0, 2), x.shape[axis] as number)),
        ),
    ),
    ([x, axis, chosen]) => ({
      [`gather along ${axis}`]: () => tf.gather(make(x), make(chosen), axis),
      'gather along the last axis': () => tf.gather(make(x), tf.zerosLike(make(chosen)), -1),
    }),
  ));

test('gather with batch dimensions', () =>
  conforms(
    fc.tuple(fixed([2, 3, 5, 2]), indices(fc.constant([2, 3]), 5), indices(fc.constant([2, 3, 4]), 5)),
    ([x, one, two]) => ({
      'one batch dimension, axis 1': () =>
        tf.gather(make(x), tf.minimum(make(one), tf.scalar(2, 'int32')), 1, 1),
      'one batch dimension, axis 2': () => tf.gather(make(x), make(one), 2, 1),
      'two batch dimensions': () => tf.gather(make(x), make(two), 2, 2),
    }),
  ));

test('gatherND, scatterND and tensorScatterUpdate', () =>
  conforms(
    shapes(1, 4, false).chain((shape) =>
      fc.integer({ min: 1, max: shape.length }).chain((depth) => {
        const rows = fc.array(fc.tuple(...shape.slice(0, depth).map((size) => fc.nat({ max: size - 1 }))), {
          minLength: 1,
          maxLength: 5,
        });
        return rows.chain((chosen) =>
          fc.record({
            x: fixed(shape),
            places: fc.constant<Spec>({
              shape: [chosen.length, depth],
              dtype: 'int32',
              values: chosen.flat(),
            }),
            updates: fixed([chosen.length, ...shape.slice(depth)]),
            whole: tensors(fc.constant([chosen.length, ...shape.slice(depth)]), 'int32', smallInts),
          }),
        );
      }),
    ),
    ({ x, places, updates, whole }) => ({
      gatherND: () => tf.gatherND(make(x), make(places)),
      scatterND: () => tf.scatterND(make(places), make(updates), x.shape),
      'scatterND of int32': () => tf.scatterND(make(places), make(whole), x.shape),
      // Each place once: which of several updates wins is not defined.
      tensorScatterUpdate: () =>
        tf.tensorScatterUpdate(make(x), tf.slice(make(places), 0, 1), tf.slice(make(updates), 0, 1)),
    }),
  ));

test('oneHot', () =>
  conforms(tensors(shapes(0, 3), 'int32', fc.integer({ min: -2, max: 6 })), (x) => ({
    oneHot: () => tf.oneHot(make(x), 5),
    'with values': () => tf.oneHot(make(x), 4, 0.5, -0.25, 'float32'),
    'of bool': () => tf.oneHot(make(x), 3, 1, 0, 'bool'),
  })));

test('unsortedSegmentSum', () =>
  conforms(
    fc
      .tuple(shapes(1, 1, false), shapes(0, 3))
      .chain(([head, tail]) =>
        fc.tuple(
          fixed([...head, ...tail]),
          tensors(fc.constant([...head, ...tail]), 'int32', smallInts),
          tensors(fc.constant(head), 'int32', fc.integer({ min: -1, max: 5 })),
        ),
      ),
    ([x, whole, ids]) => ({
      unsortedSegmentSum: () => tf.unsortedSegmentSum(make(x), make(ids) as tf.Tensor1D, 4),
      // cpu makes these float32.
      'of int32': () => tf.cast(tf.unsortedSegmentSum(make(whole), make(ids) as tf.Tensor1D, 4), 'float32'),
    }),
  ));

/** The ops of tfjs take any rank, their types do not. */
const flat = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;

test('bincount and denseBincount', () =>
  conforms(
    fc.tuple(indices(fc.constant([7]), 6), indices(fc.constant([3, 5]), 6), fixed([7]), fixed([3, 5])),
    ([x, rows, weights, rowWeights]) => ({
      bincount: () => tf.bincount(make(x) as tf.Tensor1D, tf.tensor1d([]), 4),
      'bincount of a matrix': () => tf.bincount(flat(make(rows)), tf.tensor1d([]), 4),
      'bincount of rank 3': () => tf.bincount(flat(tf.reshape(make(rows), [5, 1, 3])), tf.tensor1d([]), 4),
      'bincount of a number': () => tf.bincount(flat(tf.scalar(3, 'int32')), tf.tensor1d([]), 4),
      'bincount of rank 3 with weights': () =>
        tf.bincount(flat(tf.reshape(make(rows), [5, 1, 3])), flat(make(rowWeights)), 4),
      'bincount with integer weights': () => tf.bincount(make(x) as tf.Tensor1D, make(x) as tf.Tensor1D, 4),
      'with weights': () => tf.bincount(make(x) as tf.Tensor1D, make(weights) as tf.Tensor1D, 4),
      denseBincount: () => tf.denseBincount(make(rows) as tf.Tensor2D, tf.tensor2d([], [0, 0]), 4),
      'rows with weights': () =>
        tf.denseBincount(make(rows) as tf.Tensor2D, make(rowWeights) as tf.Tensor2D, 6),
      'rows, whether or not': () =>
        tf.denseBincount(make(rows) as tf.Tensor2D, tf.tensor2d([], [0, 0]), 6, true),
      ...refused({
        'negative numbers': () => tf.bincount(tf.tensor1d([1, -1], 'int32'), tf.tensor1d([]), 4),
        'denseBincount of rank 3': () =>
          tf
            .engine()
            .runKernel(
              tf.DenseBincount,
              { x: tf.reshape(make(rows), [5, 1, 3]), weights: tf.tensor1d([]) },
              { size: 4, binaryOutput: false },
            ),
      }),
    }),
  ));

test('searchSorted', () =>
  conforms(fc.tuple(fixed([2, 7]), fixed([2, 4])), ([table, values]) => {
    const sorted = (x: Spec): Spec => ({
      ...x,
      values: [0, 1].flatMap((row) => x.values.slice(row * 7, row * 7 + 7).sort((a, b) => a - b)),
    });
    return {
      left: () => tf.searchSorted(make(sorted(table)), make(values), 'left'),
      right: () => tf.searchSorted(make(sorted(table)), make(values), 'right'),
      lowerBound: () => tf.lowerBound(make(sorted(table)), tf.slice(make(sorted(table)), 0, 2)),
      upperBound: () => tf.upperBound(make(sorted(table)), tf.slice(make(sorted(table)), 0, 2)),
    };
  }));

test('unique', () =>
  conforms(
    anyTensors(shapes(1, 3, false)).chain((x) =>
      fc.tuple(fc.constant(x), fc.nat({ max: x.shape.length - 1 })),
    ),
    ([x, axis]) => ({
      [`unique along ${axis}`]: () => {
        const { values, indices: places } = tf.unique(make(x), axis);
        return [values, places];
      },
      'unique of few values': () => {
        const { values, indices: places } = tf.unique(tf.reshape(tf.cast(make(x), 'bool'), [-1]));
        return [values, places];
      },
    }),
  ));

test('non-maximum suppression', () =>
  conforms(fc.tuple(fixed([9, 2]), fixed([9, 2]), fixed([9])), ([corners, sizes, scores]) => {
    const boxes = () =>
      tf.concat([make(corners), tf.add(make(corners), tf.abs(make(sizes)))], 1) as tf.Tensor2D;
    const points = () => make(scores) as tf.Tensor1D;
    return {
      nonMaxSuppression: () => tf.image.nonMaxSuppression(boxes(), points(), 5, 0.3, -1),
      padded: () => {
        const { selectedIndices, validOutputs } = tf.image.nonMaxSuppressionPadded(
          boxes(),
          points(),
          7,
          0.3,
          0,
          true,
        ) as { selectedIndices: tf.Tensor1D; validOutputs: tf.Scalar };
        return [selectedIndices, validOutputs];
      },
      'with score': () => {
        const { selectedIndices, selectedScores } = tf.image.nonMaxSuppressionWithScore(
          boxes(),
          points(),
          5,
          0.3,
          0,
          0.5,
        ) as { selectedIndices: tf.Tensor1D; selectedScores: tf.Tensor1D };
        return [selectedIndices, selectedScores];
      },
    };
  }));

/** Ascending segment ids. */
const segments = (length: number): fc.Arbitrary<Spec> =>
  fc.array(fc.nat({ max: 2 }), { minLength: length, maxLength: length }).map((steps) => {
    let last = 0;
    return { shape: [length], dtype: 'int32' as const, values: steps.map((step) => (last += step)) };
  });

test('sparse segments', () =>
  conforms(fc.tuple(fixed([5, 3]), indices(fc.constant([6]), 5), segments(6)), ([data, chosen, ids]) => {
    const parts = () => [make(data), make(chosen), make(ids)] as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
    return {
      sparseSegmentSum: () => tf.sparse.sparseSegmentSum(...parts()),
      sparseSegmentMean: () => tf.sparse.sparseSegmentMean(...parts()),
      'mean of int32': () => {
        const [values, ...rest] = parts();
        return tf.sparse.sparseSegmentMean(tf.cast(tf.mul(values, 10), 'int32'), ...rest);
      },
      ...refused({
        'falling ids': () =>
          tf.sparse.sparseSegmentSum(make(data), tf.tensor1d([0, 1], 'int32'), tf.tensor1d([1, 0], 'int32')),
        'index out of range': () =>
          tf.sparse.sparseSegmentSum(make(data), tf.tensor1d([0, 5], 'int32'), tf.tensor1d([0, 1], 'int32')),
      }),
    };
  }));

test('sparse tensors', () =>
  conforms(
    fc.tuple(
      fc.uniqueArray(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 5 })), {
        minLength: 1,
        maxLength: 7,
        selector: (place) => place.join(),
      }),
      fixed([7]),
    ),
    ([places, spec]) => {
      const list = () => tf.tensor2d(places.flat(), [places.length, 2], 'int32');
      const values = () => tf.slice(make(spec), 0, places.length) as tf.Tensor1D;
      const ints = (...numbers: number[]) => tf.tensor1d(numbers, 'int32');
      const reshape = (...shape: number[]) => {
        const { outputIndices, outputShape } = tf.sparse.sparseReshape(
          list(),
          ints(5, 6),
          ints(...shape),
        ) as {
          outputIndices: tf.Tensor;
          outputShape: tf.Tensor;
        };
        return [outputIndices, outputShape];
      };
      return {
        sparseToDense: () => tf.sparseToDense(list(), values(), [5, 6], tf.scalar(0.5)),
        sparseReshape: () => reshape(3, 10),
        'with the rest': () => reshape(2, -1, 3),
        ...refused({ 'of another size': () => reshape(7, 4), 'with two rests': () => reshape(-1, -1) }),
        sparseFillEmptyRows: () => {
          const filled = tf.sparse.sparseFillEmptyRows(list(), values(), ints(5, 6), tf.scalar(-1));
          return ['outputIndices', 'outputValues', 'emptyRowIndicator', 'reverseIndexMap'].map(
            (name) => filled[name] as tf.Tensor,
          );
        },
        ...refused({
          'row out of range': () =>
            tf.sparse.sparseFillEmptyRows(
              tf.tensor2d([[9, 0]], [1, 2], 'int32'),
              tf.tensor1d([1]),
              ints(5, 6),
              tf.scalar(0),
            ).outputValues as tf.Tensor,
        }),
      };
    },
  ));

// Of several rows, cpu draws the same uniform numbers for each.
test('multinomial draws what cpu draws from the same seed', () =>
  conforms(fc.tuple(fixed([1, 5]), fc.integer({ min: 1, max: 1e6 })), ([logits, seed]) => ({
    multinomial: () => tf.multinomial(make(logits) as tf.Tensor2D, 11, seed),
    'of probabilities': () => tf.multinomial(tf.softmax(make(logits)) as tf.Tensor2D, 11, seed, true),
  })));

test('multinomial draws each row by itself, as often as its probabilities say', async () => {
  await tf.setBackend('onnx');
  const probabilities = [0.5, 0.2, 0.3];
  const rows = tf.tensor2d([probabilities, probabilities]);
  const [first, second] = (await tf.multinomial(rows, 20_000, 7, true).array()) as [number[], number[]];
  expect(first).not.toEqual(second);
  for (const draws of [first, second]) {
    probabilities.forEach((p, outcome) => {
      expect(Math.abs(draws.filter((draw) => draw === outcome).length / 20_000 - p)).toBeLessThan(0.015);
    });
  }
});

test('whereAsync and booleanMaskAsync', async () => {
  const results = [];
  for (const backend of ['cpu', 'onnx']) {
    await tf.setBackend(backend);
    const mask = tf.greater(tf.tensor([3, -1, 0, 2, -5, 7], [2, 3]), 0);
    const [places, kept] = [
      await tf.whereAsync(mask),
      await tf.booleanMaskAsync(
        tf.tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
        mask,
      ),
    ];
    results.push([places.shape, [...(await places.data())], kept.shape, [...(await kept.data())]]);
  }
  expect(results[1]).toEqual(results[0]);
});

test('pixels become tensors and back', async () => {
  await tf.setBackend('onnx');
  const data = Uint8Array.from({ length: 2 * 3 * 4 }, (_, i) => i * 10);
  const pixels = tf.browser.fromPixels({ data, width: 3, height: 2 });
  expect(pixels.dtype).toBe('int32');
  expect([...(await pixels.data())]).toEqual([...data].filter((_, i) => i % 4 < 3));
  expect([...(await tf.browser.toPixels(pixels))].filter((_, i) => i % 4 < 3)).toEqual([
    ...(await pixels.data()),
  ]);
});

test('random tensors of a seed', () =>
  conforms(fc.integer({ min: 1, max: 1e6 }), (seed) => ({
    randomUniform: () => tf.randomUniform([2, 3], -1, 2, 'float32', seed),
    randomNormal: () => tf.randomNormal([2, 3], 0, 1, 'float32', seed),
    truncatedNormal: () => tf.truncatedNormal([5], 0, 1, 'float32', seed),
    dropout: () => tf.dropout(tf.ones([5, 7]), 0.4, undefined, seed),
  })));

test('quantities that tests of others rest on', () =>
  conforms(fc.tuple(fixed([5, 3], tame)), ([x]) => ({
    confusionMatrix: () =>
      tf.math.confusionMatrix(tf.argMax(make(x), 1) as tf.Tensor1D, tf.argMin(make(x), 1) as tf.Tensor1D, 3),
    movingAverage: () => tf.movingAverage(tf.zeros([5, 3]), make(x), 0.9, 1),
  })));
