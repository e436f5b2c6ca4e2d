import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyTensors, conforms, fixed, make, refused, type Spec, shapes, tame, tensors } from './harness.js';

/** A tensor and something drawn for it. */
const withDraw = <T>(x: fc.Arbitrary<Spec>, draw: (spec: Spec) => fc.Arbitrary<T>) =>
  x.chain((spec) => fc.tuple(fc.constant(spec), draw(spec)));

const axisOf = ({ shape }: Spec) => fc.integer({ min: -shape.length, max: shape.length - 1 });
const perAxis = <T>({ shape }: Spec, draw: (size: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.tuple(...shape.map(draw));

/** A known tensor as it is, or one that is yet to be computed. */
const lazily = (x: Spec, lazy: boolean): tf.Tensor => {
  const tensor = make(x);
  if (!lazy) return tensor;
  return x.dtype === 'bool' ? tf.logicalNot(tensor) : tf.add(tensor, tf.scalar(1, x.dtype));
};

test('transpose', () =>
  conforms(
    withDraw(anyTensors(shapes()), ({ shape }) => {
      const axes = shape.map((_, axis) => axis);
      return fc.shuffledSubarray(axes, { minLength: axes.length });
    }),
    ([x, permutation]) => ({
      [`transpose ${permutation}`]: () => tf.transpose(make(x), permutation),
      'transpose, reversed': () => tf.transpose(make(x)),
    }),
  ));

test('reshape, expandDims, squeeze, flatten', () =>
  conforms(
    withDraw(anyTensors(shapes()), ({ shape }) => fc.integer({ min: -shape.length - 1, max: shape.length })),
    ([x, axis]) => ({
      flatten: () => tf.reshape(make(x), [-1]),
      'with ones': () => tf.reshape(make(x), [1, ...[...x.shape].reverse(), 1]),
      [`expandDims ${axis}`]: () => tf.expandDims(make(x), axis),
      squeeze: () => tf.squeeze(make(x)),
      ...refused({ 'wrong size': () => tf.reshape(make(x), [241]) }),
    }),
  ));

test('concat', () =>
  conforms(
    fc
      .tuple(
        shapes(1, 5),
        fc.nat({ max: 4 }),
        fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const),
      )
      .chain(([shape, place, dtype]) => {
        const axis = place % shape.length;
        const piece = fc
          .integer({ min: 0, max: 3 })
          .chain((size) => tensors(fc.constant(shape.map((other, i) => (i === axis ? size : other))), dtype));
        return fc.tuple(
          fc.array(piece, { minLength: 1, maxLength: 4 }),
          fc.constantFrom(axis, axis - shape.length),
        );
      }),
    ([pieces, axis]) => ({ [`concat ${axis}`]: () => tf.concat(pieces.map(make), axis) }),
  ));

test('stack and unstack', () =>
  conforms(
    shapes(0, 4).chain((shape) =>
      fc.tuple(
        fc.array(tensors(fc.constant(shape)), { minLength: 1, maxLength: 4 }),
        fc.nat({ max: shape.length }),
      ),
    ),
    ([pieces, axis]) => ({
      [`stack ${axis}`]: () => tf.stack(pieces.map(make), axis),
      ...(pieces[0]?.values.length === 0
        ? {}
        : { 'stack and unstack': () => tf.unstack(tf.stack(pieces.map(make), axis), axis) }),
    }),
  ));

test('slice', () =>
  conforms(
    fc.tuple(
      withDraw(anyTensors(shapes(1)), (x) =>
        perAxis(x, (size) =>
          fc.nat({ max: size }).chain((begin) => fc.tuple(fc.constant(begin), fc.nat({ max: size - begin }))),
        ),
      ),
      fc.boolean(),
    ),
    ([[x, windows], lazy]) => {
      const begin = windows.map(([from]) => from);
      const size = windows.map(([, count]) => count);
      return {
        [`slice ${begin} ${size}`]: () => tf.slice(lazily(x, lazy), begin, size),
        'slice to the end': () => tf.slice(lazily(x, lazy), begin),
        ...refused({
          'slice too far': () =>
            tf.slice(
              lazily(x, lazy),
              begin,
              x.shape.map((count) => count + 1),
            ),
        }),
      };
    },
  ));

/** The ends of a window that is not empty (cpu throws for some of those), counted from either end, and a stride. */
const strided = (size: number): fc.Arbitrary<[number, number, number]> =>
  fc
    .tuple(
      fc.nat({ max: size - 1 }),
      fc.nat({ max: size - 1 }),
      fc.constantFrom(1, 2, 3, -1, -2),
      fc.boolean(),
    )
    .map(([a, b, stride, fromEnd]) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const [begin, end] = stride > 0 ? [low, high + 1] : [high, low - 1];
      const offset = fromEnd && begin < size && end >= 0 && end < size ? size : 0;
      return [begin - offset, end < 0 ? -size - 1 : end - offset, stride];
    });

test('stridedSlice', () =>
  conforms(
    withDraw(tensors(shapes(1, 5, false), 'float32', tame), (x) =>
      fc.tuple(perAxis(x, strided), fc.array(fc.nat({ max: 31 }), { minLength: 3, maxLength: 3 })),
    ),
    ([x, [windows, [beginMask = 0, endMask = 0, shrinkMask = 0]]]) => {
      const [begin, end, strides] = [0, 1, 2].map((i) => windows.map((w) => w[i] as number)) as [
        number[],
        number[],
        number[],
      ];
      return {
        [`stridedSlice ${begin} ${end} ${strides} ${beginMask} ${endMask}`]: () =>
          tf.stridedSlice(make(x), begin, end, strides, beginMask, endMask),
        // cpu can't shrink to a scalar, and goes wrong where a stride is not 1.
        [`shrinking ${shrinkMask}`]: () =>
          tf.stridedSlice(
            make(x),
            x.shape.map(() => 0),
            x.shape,
            x.shape.map(() => 1),
            0,
            0,
            0,
            0,
            shrinkMask & ~1,
          ),
        'new axis': () => tf.stridedSlice(make(x), [0, ...begin], [1, ...end], [1, ...strides], 0, 0, 0, 1),
        ellipsis: () => tf.stridedSlice(make(x), [0, 0], [0, 1], [1, 1], 0, 0, 1),
      };
    },
  ));

test('split', () =>
  conforms(
    withDraw(anyTensors(shapes(1, 5, false)), (x) => axisOf(x)),
    ([x, axis]) => {
      const size = x.shape.at(axis) as number;
      return {
        [`split into single ones ${axis}`]: () => tf.split(make(x), size, axis),
        'split into two sizes': () => tf.split(make(x), [1, size - 1], axis),
        'split with the rest': () => tf.split(make(x), [1, -1], axis),
      };
    },
  ));

test('pad', () =>
  conforms(
    withDraw(anyTensors(shapes(1)), (x) =>
      perAxis(x, () => fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 }))),
    ),
    ([x, paddings]) => ({
      [`pad ${paddings.join(';')}`]: () => tf.pad(make(x), paddings, x.dtype === 'bool' ? 1 : 2),
    }),
  ));

test('mirrorPad', () =>
  conforms(
    withDraw(tensors(shapes(1, 4, false), 'float32', tame), (x) =>
      perAxis(x, (size) => fc.tuple(fc.nat({ max: size - 1 }), fc.nat({ max: size - 1 }))),
    ),
    ([x, paddings]) => ({
      reflect: () => tf.mirrorPad(make(x), paddings, 'reflect'),
      symmetric: () => tf.mirrorPad(make(x), paddings, 'symmetric'),
    }),
  ));

test('tile', () =>
  conforms(
    withDraw(anyTensors(shapes(1, 5)), (x) => perAxis(x, () => fc.integer({ min: 0, max: 3 }))),
    ([x, reps]) => ({ [`tile ${reps}`]: () => tf.tile(make(x), reps) }),
  ));

test('broadcastTo', () =>
  conforms(
    withDraw(anyTensors(shapes(0, 4, false)), ({ shape }) =>
      fc.tuple(shapes(0, 2, false), fc.constant(shape.map((size) => (size === 1 ? 3 : size)))),
    ),
    ([x, [leading, rest]]) => ({ broadcastTo: () => tf.broadcastTo(make(x), [...leading, ...rest]) }),
  ));

test('reverse', () =>
  conforms(
    withDraw(anyTensors(shapes(0, 6)), ({ shape }) => fc.subarray(shape.map((_, axis) => axis))),
    ([x, axes]) => ({
      [`reverse ${axes}`]: () => tf.reverse(make(x), axes),
      'reverse all': () => tf.reverse(make(x)),
    }),
  ));

test('diag, eye, flipLeftRight, bandPart', () =>
  conforms(
    fc.tuple(anyTensors(shapes(1, 3, false)), fixed([2, 3, 5, 2]), fixed([2, 5, 3])),
    ([x, image, matrices]) => ({
      diag: () => tf.diag(make(x)),
      eye: () => tf.eye(3, 5, [2]),
      flipLeftRight: () => tf.image.flipLeftRight(make(image) as tf.Tensor4D),
      bandPart: () => tf.linalg.bandPart(make(matrices), 1, 0),
    }),
  ));

test('blocks between batch, image and channels', () =>
  conforms(fc.tuple(fixed([2, 4, 6, 3]), fixed([12, 2, 3, 2]), fixed([2, 3, 5, 8])), ([x, y, z]) => ({
    spaceToBatchND: () =>
      tf.spaceToBatchND(
        make(x),
        [2, 3],
        [
          [1, 1],
          [0, 3],
        ],
      ),
    batchToSpaceND: () =>
      tf.batchToSpaceND(
        make(y),
        [2, 3],
        [
          [1, 0],
          [2, 1],
        ],
      ),
    depthToSpace: () => tf.depthToSpace(make(z) as tf.Tensor4D, 2),
  })));

test('fill, ones, zeros, range, linspace', () =>
  conforms(
    fc.tuple(
      shapes(),
      tame,
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: -20, max: 20 }),
      fc.constantFrom(1, 2, 3),
    ),
    ([shape, value, start, stop, step]) => ({
      fill: () => tf.fill(shape, value),
      'fill of int32': () => tf.fill(shape, start, 'int32'),
      ones: () => tf.ones(shape, 'bool'),
      zeros: () => tf.zeros(shape, 'int32'),
      range: () => tf.range(start, stop, stop < start ? -step : step),
      'range of int32': () => tf.range(start, stop, stop < start ? -step : step, 'int32'),
      linspace: () => tf.linspace(start, stop, 7),
      'linspace of one': () => tf.linspace(start, stop, 1),
      meshgrid: () => tf.meshgrid(tf.range(0, 3), tf.range(0, 5)),
      broadcastArgs: () =>
        tf.broadcastArgs(tf.tensor([2, 1, 3], [3], 'int32'), tf.tensor([5, 1], [2], 'int32')),
    }),
  ));

test('windows, stacks and scans that cpu gets wrong', async () => {
  await tf.setBackend('onnx');
  const x = tf.tensor2d([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const is = async (got: tf.Tensor, shape: number[], values: number[]) => {
    expect([got.shape, [...(await got.data())]]).toEqual([shape, values]);
  };
  await is(tf.stridedSlice(x, [1, 2], [1, 3], [1, 1]), [0, 1], []);
  await is(tf.stridedSlice(x, [1, 2], [2, 3], [1, 1], 0, 0, 0, 0, 3), [], [6]);
  await is(tf.stridedSlice(x, [0, 1], [2, 2], [1, 2], 0, 0, 0, 0, 2), [2], [2, 5]);
  await is(tf.cumsum(x, -1), [2, 3], [1, 3, 6, 4, 9, 15]);
  await is(tf.cumprod(x, -2), [2, 3], [1, 2, 3, 4, 10, 18]);
  await is(tf.stack([tf.zeros([0]), tf.zeros([0])]), [2, 0], []);
  expect(tf.unstack(tf.zeros([2, 0])).map(({ shape }) => shape)).toEqual([[0], [0]]);
  const yes = tf.tensor1d([1, 1, 0], 'bool');
  await is(tf.add(yes, yes), [3], [1, 1, 0]);
  await is(tf.sub(tf.zerosLike(yes), yes), [3], [1, 1, 0]);
});
