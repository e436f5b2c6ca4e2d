import '@mint/test-utils';
import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { setOnnxOptions } from '../index.js';

setOnnxOptions({ threads: 1 }); // hundreds of tiny graphs: starting threads for each would take longest

/** Numbers spread over (-2, 2) without ties, the same for every run. */
function numbers(shape: number[], seed = 1, scale = 2): tf.Tensor {
  const random = new Random(seed);
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    () => scale * (2 * random.uniform() - 1),
  );
  return tf.tensor(values, shape);
}

const positive = (shape: number[], seed = 1): tf.Tensor => tf.add(tf.abs(numbers(shape, seed)), 0.1);
const ints = (shape: number[], seed = 1, scale = 9): tf.Tensor =>
  tf.cast(tf.floor(numbers(shape, seed, scale)), 'int32');
const bools = (shape: number[], seed = 1): tf.Tensor => tf.greater(numbers(shape, seed), 0);

type Result = tf.Tensor | tf.Tensor[];
type Case = readonly [name: string, run: () => Result];

const shapes: [string, number[], number[]][] = [
  ['equal', [2, 3, 5], [2, 3, 5]],
  ['scalar', [2, 3], []],
  ['row', [2, 3, 5], [5]],
  ['crossed', [2, 1, 5], [3, 1]],
  ['rank 0', [], []],
];

const binary = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
};
const nonZero = { div: tf.div, floorDiv: tf.floorDiv, mod: tf.mod };
const compare = {
  equal: tf.equal,
  notEqual: tf.notEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
};
const anyReal = {
  neg: tf.neg,
  abs: tf.abs,
  exp: tf.exp,
  expm1: tf.expm1,
  square: tf.square,
  sign: tf.sign,
  floor: tf.floor,
  ceil: tf.ceil,
  round: tf.round,
  sin: tf.sin,
  cos: tf.cos,
  tan: tf.tan,
  sinh: tf.sinh,
  cosh: tf.cosh,
  tanh: tf.tanh,
  atan: tf.atan,
  asinh: tf.asinh,
  sigmoid: tf.sigmoid,
  relu: tf.relu,
  relu6: tf.relu6,
  elu: tf.elu,
  selu: tf.selu,
  leakyRelu: tf.leakyRelu,
  softplus: tf.softplus,
  erf: tf.erf,
  step: tf.step,
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
  reciprocal: tf.reciprocal,
  isNaN: tf.isNaN,
  isInf: tf.isInf,
  isFinite: tf.isFinite,
};
const aboveZero = {
  log: tf.log,
  log1p: tf.log1p,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  acosh: (x: tf.Tensor) => tf.acosh(tf.add(x, 1)),
};
const reductions = { sum: tf.sum, mean: tf.mean, prod: tf.prod, max: tf.max, min: tf.min };

const cases: Case[] = [];
const add = (name: string, run: () => Result) => cases.push([name, run]);

for (const [kind, a, b] of shapes) {
  for (const [name, op] of Object.entries({ ...binary, ...nonZero })) {
    const divisor = () => (name in nonZero ? tf.add(numbers(b, 2), 5) : numbers(b, 2));
    add(`${name}, ${kind}`, () => op(numbers(a), divisor()));
    const intDivisor = () =>
      name in nonZero ? tf.add(tf.abs(ints(b, 2)), tf.scalar(1, 'int32')) : ints(b, 2);
    add(`${name}, ${kind}, int32`, () => op(ints(a), intDivisor()));
  }
  for (const [name, op] of Object.entries(compare)) {
    add(`${name}, ${kind}`, () => op(numbers(a), numbers(b)));
    add(`${name}, ${kind}, int32`, () => op(ints(a, 1, 2), ints(b, 2, 2)));
    add(`${name}, ${kind}, bool`, () => op(bools(a), bools(b, 2)));
  }
  add(`logicalAnd, ${kind}`, () => tf.logicalAnd(bools(a), bools(b, 2)));
  add(`logicalOr, ${kind}`, () => tf.logicalOr(bools(a), bools(b, 2)));
  add(`pow, ${kind}`, () => tf.pow(positive(a), numbers(b, 2)));
  add(`where, ${kind}`, () => tf.where(bools(a), numbers(a), numbers(b, 2)));
}
for (const shape of [[2, 3, 5], [7], []]) {
  for (const [name, op] of Object.entries(anyReal)) add(`${name} [${shape}]`, () => op(numbers(shape)));
  for (const [name, op] of Object.entries(aboveZero)) add(`${name} [${shape}]`, () => op(positive(shape)));
  for (const name of ['neg', 'abs', 'square', 'sign', 'relu', 'relu6', 'step'] as const) {
    add(`${name} [${shape}], int32`, () => anyReal[name](ints(shape)));
  }
  for (const [name, op] of Object.entries(reductions)) add(`${name} [${shape}]`, () => op(numbers(shape)));
  add(`sum [${shape}], int32`, () => tf.sum(ints(shape)));
  add(`clip [${shape}]`, () => tf.clipByValue(numbers(shape), -0.5, 1));
  add(`logicalNot [${shape}]`, () => tf.logicalNot(bools(shape)));
  for (const [from, make] of [
    ['float', numbers],
    ['int', ints],
    ['bool', bools],
  ] as const) {
    for (const to of ['float32', 'int32', 'bool'] as const)
      add(`cast ${from} to ${to} [${shape}]`, () => tf.cast(make(shape), to));
  }
}
const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, 1e-7, -1e-7, 1e4];
add('isNaN, special', () => tf.isNaN(tf.tensor(SPECIAL)));
add('isInf, special', () => tf.isInf(tf.tensor(SPECIAL)));
add('isFinite, special', () => tf.isFinite(tf.tensor(SPECIAL)));
add('log1p, special', () => tf.log1p(tf.tensor([0, 1e-7, -1e-7, 1e4, 1e20, Infinity, -0.5])));
add('expm1, special', () => tf.expm1(tf.tensor([0, 1e-7, -1e-7, 5, -50, 1, -1])));
add('round, halves', () => tf.round(tf.tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5])));
add('maximum, NaN', () => tf.maximum(tf.tensor(SPECIAL), tf.scalar(1)));
add('mod, signs', () => tf.mod(tf.tensor([5, -5, 5, -5, 4]), tf.tensor([3, 3, -3, -3, 2])));
add('floorDiv, int32 signs', () =>
  tf.floorDiv(
    tf.tensor([5, -5, 5, -5, 2147483647], [5], 'int32'),
    tf.tensor([3, 3, -3, -3, 2], [5], 'int32'),
  ),
);
add('pow, int32', () => tf.pow(ints([2, 3], 1, 4), tf.tensor([0, 1, 3], [3], 'int32')));
add('addN', () => tf.addN([numbers([2, 3]), numbers([2, 3], 2), numbers([2, 3], 3)]));
add('addN, int32', () => tf.addN([ints([2, 3]), ints([2, 3], 2), ints([2, 3], 3)]));
add('prelu', () => tf.prelu(numbers([2, 3, 5]), numbers([5], 2)));
add('step, slope', () => tf.step(numbers([7]), 0.3));

for (const [name, op] of Object.entries(reductions)) {
  for (const axis of [0, 1, [0, 2], [1, 2], -1]) {
    add(`${name} over ${axis}`, () => op(numbers([2, 3, 5]), axis));
    add(`${name} over ${axis}, kept`, () => op(numbers([2, 3, 5]), axis, true));
  }
}
add('mean, int32', () => tf.mean(ints([2, 3, 5]), 1));
add('any', () =>
  tf.any(
    tf.cast(
      tf.tensor([
        [1, 0, 0],
        [0, 0, 0],
      ]),
      'bool',
    ),
    1,
  ),
);
add('all', () =>
  tf.all(
    tf.cast(
      tf.tensor([
        [1, 1, 1],
        [0, 1, 1],
      ]),
      'bool',
    ),
    1,
    true,
  ),
);
add('argMax', () => [tf.argMax(numbers([2, 3, 5]), 1), tf.argMax(numbers([7])), tf.argMax(ints([3, 5]), -1)]);
add('argMin', () => [tf.argMin(numbers([2, 3, 5]), 2), tf.argMin(numbers([2, 3, 5]), 0)]);
add('softmax', () => tf.softmax(numbers([2, 3, 5])));
add('logSoftmax', () => tf.logSoftmax(numbers([2, 3, 5])));
add('logSumExp', () => tf.logSumExp(numbers([2, 3, 5]), 1));
add('cumsum', () => [
  tf.cumsum(numbers([2, 3, 5]), 1),
  tf.cumsum(numbers([2, 3]), 1, true, true),
  tf.cumsum(ints([7])),
]);
add('topk', () => {
  const { values, indices } = tf.topk(numbers([3, 7]), 4);
  return [values, indices];
});

for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    const left = (batch: number[]) => [...batch, ...(transposeA ? [5, 3] : [3, 5])];
    const right = (batch: number[]) => [...batch, ...(transposeB ? [7, 5] : [5, 7])];
    const kind = `${transposeA ? 'aᵀ' : 'a'}${transposeB ? 'bᵀ' : 'b'}`;
    add(`matMul ${kind}`, () => tf.matMul(numbers(left([])), numbers(right([]), 2), transposeA, transposeB));
    add(`matMul ${kind}, batch`, () =>
      tf.matMul(numbers(left([2])), numbers(right([2]), 2), transposeA, transposeB),
    );
    add(`matMul ${kind}, broadcast`, () =>
      tf.matMul(numbers(left([2, 3])), numbers(right([1, 1]), 2), transposeA, transposeB),
    );
    add(`matMul ${kind}, int32`, () =>
      tf.matMul(ints(left([2])), ints(right([2]), 2), transposeA, transposeB),
    );
    for (const activation of ['linear', 'relu', 'elu', 'sigmoid', 'relu6', 'leakyrelu'] as const) {
      add(`fused matMul ${kind} ${activation}`, () =>
        tf.fused.matMul({
          a: numbers(left([])),
          b: numbers(right([]), 2),
          transposeA,
          transposeB,
          bias: numbers([7], 3),
          activation,
        }),
      );
    }
  }
}
add('matMul, rank 3 by 2', () => tf.matMul(numbers([2, 3, 5]), numbers([5, 7], 2)));
add('fused matMul, prelu', () =>
  tf.fused.matMul({
    a: numbers([3, 5]),
    b: numbers([5, 7], 2),
    activation: 'prelu',
    preluActivationWeights: numbers([7], 3),
  }),
);
add('einsum', () => [
  tf.einsum('bij,bjk->bik', numbers([2, 3, 5]), numbers([2, 5, 7], 2)),
  tf.einsum('ij,kj->ik', numbers([3, 5]), numbers([7, 5], 2)),
  tf.einsum('bijd->bdij', numbers([2, 3, 5, 7])),
]);

add('reshape', () => tf.reshape(tf.add(numbers([2, 3, 5]), 1), [5, -1]));
add('transpose', () => [
  tf.transpose(numbers([2, 3, 5])),
  tf.transpose(numbers([2, 3, 5, 7]), [2, 0, 3, 1]),
  tf.transpose(ints([2, 3])),
  tf.transpose(bools([2, 3])),
  tf.transpose(numbers([1, 3, 1, 5]), [2, 1, 0, 3]),
]);
add('concat', () => [
  tf.concat([numbers([2, 3]), numbers([2, 5], 2)], 1),
  tf.concat([ints([2, 3]), ints([4, 3])]),
  tf.concat([numbers([2, 0]), numbers([2, 3])], 1),
]);
add('stack', () => [
  tf.stack([numbers([2, 3]), numbers([2, 3], 2)], 1),
  tf.stack([numbers([]), numbers([], 2)]),
  tf.stack([numbers([2, 3])], -1),
]);
add('unstack', () => [
  ...tf.unstack(numbers([2, 3, 5]), 1),
  ...tf.unstack(tf.add(numbers([2, 3]), 1)),
  ...tf.unstack(numbers([1, 3])),
]);
add('expandDims and squeeze', () => [tf.expandDims(numbers([2, 3]), 1), tf.squeeze(numbers([1, 2, 1, 3]))]);
add('slice of known', () => [
  tf.slice(numbers([5, 7]), [1, 2], [3, 4]),
  tf.slice(numbers([5, 7]), [1], [3]),
  tf.slice(numbers([7]), 2, 3),
  tf.slice(ints([5, 7]), [4, 3], [1, 2]),
]);
add('slice of lazy', () => {
  const x = tf.add(numbers([5, 7]), 1);
  return [tf.slice(x, [1, 2], [3, 4]), tf.slice(x, [1], [3]), tf.slice(x, [0, 6], [5, 1])];
});
add('stridedSlice', () => [
  tf.stridedSlice(numbers([5, 7]), [1, 0], [5, 7], [2, 3]),
  tf.stridedSlice(numbers([7]), [5], [0], [-2]),
  tf.stridedSlice(numbers([7]), [0], [7], [-1], 1, 1),
  tf.stridedSlice(numbers([5, 7]), [1, 2], [2, 5], [1, 1], 0, 0, 0, 0, 1),
]);
add('split', () => [...tf.split(numbers([2, 6]), 3, 1), ...tf.split(numbers([5, 2]), [1, 4])]);
add('pad', () => [
  tf.pad(
    numbers([2, 3]),
    [
      [1, 0],
      [2, 3],
    ],
    0.5,
  ),
  tf.pad(
    ints([2, 3]),
    [
      [0, 1],
      [1, 1],
    ],
    3,
  ),
  tf.pad(bools([5]), [[1, 2]]),
]);
add('mirrorPad', () => [
  tf.mirrorPad(
    numbers([3, 5]),
    [
      [1, 2],
      [3, 0],
    ],
    'reflect',
  ),
  tf.mirrorPad(
    numbers([3, 5]),
    [
      [3, 2],
      [1, 5],
    ],
    'symmetric',
  ),
]);
add('tile', () => [
  tf.tile(numbers([2, 3]), [2, 3]),
  tf.tile(numbers([1, 3]), [5, 1]),
  tf.tile(ints([3]), [2]),
  tf.tile(bools([2, 3]), [2, 1]),
]);
add('broadcastTo', () => tf.broadcastTo(numbers([3, 1]), [2, 3, 5]));
add('reverse', () => [
  tf.reverse(numbers([2, 3, 5]), [0, 2]),
  tf.reverse(ints([7])),
  tf.reverse(numbers([2, 3]), -1),
]);

add('gather', () => [
  tf.gather(numbers([5, 3]), tf.tensor([4, 0, 2, 2], [4], 'int32')),
  tf.gather(
    numbers([2, 5, 3]),
    tf.tensor(
      [
        [4, 0],
        [2, 1],
      ],
      [2, 2],
      'int32',
    ),
    1,
  ),
  tf.gather(
    numbers([2, 5, 3]),
    tf.tensor(
      [
        [4, 0, 1],
        [2, 1, 3],
      ],
      [2, 3],
      'int32',
    ),
    1,
    1,
  ),
  tf.gather(
    numbers([2, 3, 5]),
    tf.tensor(
      [
        [4, 0],
        [2, 1],
      ],
      [2, 2],
      'int32',
    ),
    2,
    1,
  ),
  tf.gather(bools([5]), tf.tensor([3, 1], [2], 'int32')),
]);
add('scatterND adds what falls on the same place', () => [
  tf.scatterND(tf.tensor([[4], [1], [4], [0]], [4, 1], 'int32'), numbers([4]), [7]),
  tf.scatterND(
    tf.tensor(
      [
        [1, 2],
        [0, 0],
        [1, 2],
      ],
      [3, 2],
      'int32',
    ),
    numbers([3, 5]),
    [2, 3, 5],
  ),
  tf.scatterND(tf.tensor([[2], [0]], [2, 1], 'int32'), ints([2, 3]), [3, 3]),
]);
add('tensorScatterUpdate', () => [
  tf.tensorScatterUpdate(numbers([7]), tf.tensor([[4], [1]], [2, 1], 'int32'), numbers([2], 2)),
  tf.tensorScatterUpdate(numbers([5, 3]), tf.tensor([[3], [0]], [2, 1], 'int32'), numbers([2, 3], 2)),
  tf.tensorScatterUpdate(
    ints([5, 3]),
    tf.tensor(
      [
        [3, 1],
        [0, 2],
      ],
      [2, 2],
      'int32',
    ),
    ints([2], 2),
  ),
]);
add('sparseToDense', () => [
  tf.sparseToDense(tf.tensor([4, 1], [2], 'int32'), numbers([2]), [7], 0),
  tf.sparseToDense(
    tf.tensor(
      [
        [0, 2],
        [1, 0],
      ],
      [2, 2],
      'int32',
    ),
    numbers([2]),
    [2, 3],
    -1,
  ),
  tf.sparseToDense(
    tf.tensor(
      [
        [0, 2],
        [1, 0],
      ],
      [2, 2],
      'int32',
    ),
    tf.scalar(3),
    [2, 3],
    0.5,
  ),
  tf.sparseToDense(tf.scalar(2, 'int32'), tf.scalar(3), [5], 0.5),
]);
add('spaceToBatchND and back', () => [
  tf.spaceToBatchND(
    numbers([2, 4, 6, 3]),
    [2, 3],
    [
      [0, 0],
      [0, 0],
    ],
  ),
  tf.spaceToBatchND(
    numbers([1, 3, 5, 2]),
    [2, 3],
    [
      [1, 0],
      [2, 2],
    ],
  ),
  tf.spaceToBatchND(numbers([3, 5, 2]), [2], [[0, 1]]),
  tf.batchToSpaceND(
    numbers([12, 2, 3, 2]),
    [2, 3],
    [
      [1, 0],
      [2, 1],
    ],
  ),
  tf.batchToSpaceND(numbers([6, 5]), [3], [[1, 2]]),
]);
add('depthToSpace', () => [
  tf.depthToSpace(numbers([2, 3, 5, 8]) as tf.Tensor4D, 2),
  tf.depthToSpace(numbers([1, 2, 1, 9]) as tf.Tensor4D, 3),
]);
add('dilated conv2d, through space and batch', () =>
  tf.conv2d(
    numbers([2, 7, 9, 3]) as tf.Tensor4D,
    numbers([3, 3, 3, 5], 2) as tf.Tensor4D,
    1,
    'same',
    'NHWC',
    2,
  ),
);
add('gatherND', () => [
  tf.gatherND(
    numbers([3, 5]),
    tf.tensor(
      [
        [0, 1],
        [2, 4],
      ],
      [2, 2],
      'int32',
    ),
  ),
  tf.gatherND(numbers([3, 5]), tf.tensor([[2], [0]], [2, 1], 'int32')),
]);
add('oneHot', () => [
  tf.oneHot(tf.tensor([0, 3, -1, 5], [4], 'int32'), 5),
  tf.oneHot(
    tf.tensor(
      [
        [0, 3],
        [1, 2],
      ],
      [2, 2],
      'int32',
    ),
    5,
    0.7,
    -0.2,
    'float32',
  ),
]);
add('unsortedSegmentSum', () => [
  tf.unsortedSegmentSum(numbers([5, 3]), tf.tensor([0, 2, 0, 3, -1], [5], 'int32'), 4),
  tf.unsortedSegmentSum(numbers([5]), tf.tensor([1, 1, 0, 1, 0], [5], 'int32'), 2),
]);
add('fill', () => [
  tf.fill([2, 3], 0.5),
  tf.fill([5, 7], 3, 'int32'),
  tf.add(tf.fill([5, 7], 2), numbers([7])),
]);
add('range', () => [tf.range(0, 5), tf.range(7, 2), tf.range(1, 9, 3, 'int32'), tf.linspace(-1, 1, 7)]);

const image = (seed = 1) => numbers([2, 7, 11, 3], seed);
for (const strides of [1, 2] as const) {
  for (const pad of ['same', 'valid', 1] as const) {
    const kind = `stride ${strides}, pad ${pad}`;
    add(`conv2d ${kind}`, () =>
      tf.conv2d(image() as tf.Tensor4D, numbers([3, 5, 3, 4], 2) as tf.Tensor4D, strides, pad),
    );
    add(`depthwiseConv2d ${kind}`, () =>
      tf.depthwiseConv2d(image() as tf.Tensor4D, numbers([3, 5, 3, 2], 2) as tf.Tensor4D, strides, pad),
    );
    add(`maxPool ${kind}`, () => tf.maxPool(image() as tf.Tensor4D, [3, 2], strides, pad));
    add(`avgPool ${kind}`, () => tf.avgPool(image() as tf.Tensor4D, [3, 2], strides, pad));
    add(`fused conv2d ${kind}`, () =>
      tf.fused.conv2d({
        x: image() as tf.Tensor4D,
        filter: numbers([3, 3, 3, 5], 2) as tf.Tensor4D,
        strides,
        pad,
        bias: numbers([5], 3),
        activation: 'relu',
      }),
    );
    add(`fused depthwiseConv2d ${kind}`, () =>
      tf.fused.depthwiseConv2d({
        x: image() as tf.Tensor4D,
        filter: numbers([3, 3, 3, 2], 2) as tf.Tensor4D,
        strides,
        pad,
        bias: numbers([6], 3),
        activation: 'sigmoid',
      }),
    );
    add(`conv2d gradients ${kind}`, () =>
      tf.grads((x: tf.Tensor, w: tf.Tensor) =>
        tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad)),
      )([image(), numbers([3, 5, 3, 4], 2)]),
    );
    add(`depthwiseConv2d gradients ${kind}`, () =>
      tf.grads((x: tf.Tensor, w: tf.Tensor) =>
        tf.square(tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad)),
      )([image(), numbers([3, 5, 3, 2], 2)]),
    );
    add(`maxPool gradient ${kind}`, () =>
      tf.grad((x: tf.Tensor) => tf.square(tf.maxPool(x as tf.Tensor4D, [3, 2], strides, pad)))(image()),
    );
    // tfjs' cpu kernel divides by the whole window even where it reaches over the edge: compared below.
    if (pad === 'valid')
      add(`avgPool gradient ${kind}`, () =>
        tf.grad((x: tf.Tensor) => tf.square(tf.avgPool(x as tf.Tensor4D, [3, 2], strides, pad)))(image()),
      );
  }
}
add('conv2d, dilated', () =>
  tf.conv2d(image() as tf.Tensor4D, numbers([3, 2, 3, 4], 2) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
);
add('conv2dTranspose', () =>
  tf.conv2dTranspose(
    image() as tf.Tensor4D,
    numbers([3, 3, 5, 3], 2) as tf.Tensor4D,
    [2, 14, 22, 5],
    2,
    'same',
  ),
);
add('batchNorm', () =>
  tf.batchNorm(image(), numbers([3], 2), positive([3], 3), numbers([3], 4), positive([3], 5)),
);
add('batchNorm of a convolution', () => {
  const y = tf.conv2d(image() as tf.Tensor4D, numbers([3, 3, 3, 5], 2) as tf.Tensor4D, 2, 'same');
  return [
    tf.batchNorm(y, numbers([5], 2), positive([5], 3), numbers([5], 4), positive([5], 5), 1e-3),
    tf.batchNorm(y, numbers([5], 2), positive([5], 3)),
  ];
});
for (const [alignCorners, halfPixel] of [
  [true, false],
  [false, true],
  [false, false],
] as const) {
  for (const size of [
    [5, 13],
    [14, 8],
    [1, 11],
  ] as [number, number][]) {
    const kind = `to ${size}, ${alignCorners ? 'corners' : halfPixel ? 'half pixel' : 'legacy'}`;
    add(`resizeBilinear ${kind}`, () =>
      tf.image.resizeBilinear(image() as tf.Tensor4D, size, alignCorners, halfPixel),
    );
    add(`resizeNearestNeighbor ${kind}`, () =>
      tf.image.resizeNearestNeighbor(image() as tf.Tensor4D, size, alignCorners, halfPixel),
    );
    if (!halfPixel && size[0] > 1) {
      // tfjs' cpu kernel swaps height and width of the gradient: a square image hides it.
      add(`resizeBilinear gradient ${kind}`, () =>
        tf.grad((x: tf.Tensor) => tf.square(tf.image.resizeBilinear(x as tf.Tensor4D, size, alignCorners)))(
          numbers([2, 7, 7, 3]),
        ),
      );
    }
  }
}

// A convolution's result stays channels-first inside: everything that may follow it.
const follow: Record<string, (y: tf.Tensor4D) => Result> = {
  'scale by channel': (y) => tf.mul(tf.add(y, numbers([5], 3)), numbers([1, 1, 1, 5], 4)),
  'gate per image': (y) => tf.mul(y, tf.sigmoid(tf.mean(y, [1, 2], true))),
  'add an image': (y) => tf.add(y, numbers(y.shape, 9)),
  'larger partner': (y) => tf.mul(tf.mean(y, [1, 2], true), numbers(y.shape, 9)),
  'higher rank partner': (y) => tf.add(y, numbers([3, ...y.shape.map(() => 1)], 9)),
  'sum over sides': (y) => [
    tf.sum(y, [1, 2]),
    tf.sum(y, 3),
    tf.sum(y, [1, 3]),
    tf.mean(y, 0),
    tf.max(y, [1, 2, 3]),
    tf.sum(y, 1),
    tf.sum(y, [0, 3], true),
    tf.min(y),
  ],
  'concat channels': (y) => tf.concat([y, tf.relu(y), numbers(y.shape, 3) as tf.Tensor4D], 3),
  'split channels': (y) => tf.split(y, [2, 3], 3),
  pad: (y) =>
    tf.pad(
      y,
      [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 1],
      ],
      7,
    ),
  slice: (y) => tf.slice(y, [0, 1, 2, 1], [2, 2, 3, 3]),
  transpose: (y) => [tf.transpose(y, [0, 3, 1, 2]), tf.transpose(y, [3, 0, 2, 1])],
  reshape: (y) => [
    tf.reshape(y, [2, -1, 5]),
    tf.reshape(tf.mean(y, [1, 2], true), [2, 5]),
    tf.relu(tf.reshape(y, [y.shape[0], y.shape[2], y.shape[1], 5])),
  ],
  select: (y) => tf.where(tf.greater(y, 0), y, tf.mul(y, 0.1)),
  cast: (y) => tf.cast(tf.greater(y, 0), 'float32'),
  resize: (y) => [tf.image.resizeBilinear(y, [9, 5], true), tf.image.resizeNearestNeighbor(y, [9, 5])],
  reverse: (y) => tf.reverse(y, [1, 3]),
  tile: (y) => tf.tile(y, [1, 2, 1, 3]),
  'mirror pad': (y) =>
    tf.mirrorPad(
      y,
      [
        [0, 0],
        [1, 2],
        [1, 0],
        [0, 0],
      ],
      'reflect',
    ),
  pool: (y) => [tf.maxPool(y, 2, 2, 'same'), tf.avgPool(y, 3, 1, 'same')],
  softmax: (y) => tf.softmax(y),
  cumsum: (y) => tf.cumsum(y, 1),
  argMax: (y) => tf.argMax(y, 3),
  gather: (y) => tf.gather(y, tf.tensor([3, 0], [2], 'int32'), 3),
  matMul: (y) => tf.matMul(y, numbers([5, 7], 3)),
};
for (const [name, run] of Object.entries(follow)) {
  add(`after a convolution: ${name}`, () =>
    run(tf.conv2d(image() as tf.Tensor4D, numbers([3, 3, 3, 5], 2) as tf.Tensor4D, 2, 'same')),
  );
}

const gradients: Record<string, readonly [f: (x: tf.Tensor) => tf.Tensor, x: () => tf.Tensor]> = {
  relu: [tf.relu, () => numbers([3, 5])],
  elu: [tf.elu, () => numbers([3, 5])],
  sigmoid: [tf.sigmoid, () => numbers([3, 5])],
  tanh: [tf.tanh, () => numbers([3, 5])],
  erf: [tf.erf, () => numbers([3, 5])],
  sqrt: [tf.sqrt, () => positive([3, 5])],
  softmax: [(x) => tf.mul(tf.softmax(x), numbers([5], 3)), () => numbers([3, 5])],
  logSoftmax: [(x) => tf.mul(tf.logSoftmax(x), numbers([5], 3)), () => numbers([3, 5])],
  'mean, broadcast': [(x) => tf.square(tf.sub(x, tf.mean(x, -1, true))), () => numbers([2, 3, 5])],
  max: [(x) => tf.max(x, 1), () => numbers([2, 3, 5])],
  prelu: [(x) => tf.prelu(x, numbers([5], 2)), () => numbers([3, 5])],
  gather: [(x) => tf.square(tf.gather(x, tf.tensor([4, 0, 4], [3], 'int32'))), () => numbers([5, 3])],
  'gather, axis 1': [
    (x) => tf.square(tf.gather(x, tf.tensor([2, 0], [2], 'int32'), 1)),
    () => numbers([2, 3, 5]),
  ],
  slice: [(x) => tf.square(tf.slice(x, [1, 2], [2, 3])), () => numbers([5, 7])],
  concat: [(x) => tf.square(tf.concat([x, tf.mul(x, x)], 1)), () => numbers([2, 3])],
  stack: [(x) => tf.square(tf.stack([x, tf.mul(x, x)], 1)), () => numbers([2, 3])],
  transpose: [(x) => tf.mul(tf.transpose(x), numbers([5, 3], 2)), () => numbers([3, 5])],
  tile: [(x) => tf.square(tf.tile(x, [2, 3])), () => numbers([2, 3])],
  pad: [
    (x) =>
      tf.square(
        tf.pad(x, [
          [1, 2],
          [0, 1],
        ]),
      ),
    () => numbers([2, 3]),
  ],
  where: [(x) => tf.where(bools([3, 5], 7), tf.square(x), tf.exp(x)), () => numbers([3, 5])],
  matMul: [(x) => tf.square(tf.matMul(x, numbers([5, 7], 2))), () => numbers([3, 5])],
  'matMul, transposed': [
    (x) => tf.square(tf.matMul(x, numbers([2, 7, 5], 2), false, true)),
    () => numbers([2, 3, 5]),
  ],
  pow: [(x) => tf.pow(x, 3), () => positive([3, 5])],
  clip: [(x) => tf.square(tf.clipByValue(x, -1, 1)), () => numbers([3, 5])],
  unstack: [(x) => tf.square(tf.unstack(x, 1)[1] as tf.Tensor), () => numbers([2, 3])],
  split: [(x) => tf.mul(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor])), () => numbers([3, 4])],
  spaceToBatchND: [
    (x) =>
      tf.square(
        tf.spaceToBatchND(
          x,
          [2, 3],
          [
            [1, 0],
            [2, 2],
          ],
        ),
      ),
    () => numbers([1, 3, 5, 2]),
  ],
  batchToSpaceND: [
    (x) =>
      tf.square(
        tf.batchToSpaceND(
          x,
          [2, 3],
          [
            [1, 0],
            [2, 1],
          ],
        ),
      ),
    () => numbers([12, 2, 3, 2]),
  ],
  cumsum: [(x) => tf.square(tf.cumsum(x, 1)), () => numbers([2, 3])],
  batchNorm: [
    (x) =>
      tf.batchNorm(
        x,
        tf.mean(x, [0, 1, 2]),
        tf.add(tf.mean(tf.square(x), [0, 1, 2]), 1),
        numbers([3], 2),
        numbers([3], 3),
      ),
    () => image(),
  ],
};
for (const [name, [f, x]] of Object.entries(gradients)) add(`gradient of ${name}`, () => tf.grad(f)(x()));

async function runOn(backend: string, run: () => Result): Promise<tf.Tensor[]> {
  await tf.setBackend(backend);
  const tensors = [tf.tidy(run)].flat();
  await Promise.all(tensors.map((tensor) => tensor.data()));
  return tensors;
}

// A case that fails must leave nothing lazy behind for the next.
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.each(cases)('%s', async (_, run) => {
  const want = await runOn('cpu', run);
  const got = await runOn('onnx', run);
  expect(got.map(({ dtype }) => dtype)).toEqual(want.map(({ dtype }) => dtype));
  for (const [i, tensor] of got.entries())
    expect(tensor).toBeAllClose(want[i] as tf.Tensor, { rtol: 1e-4, atol: 2e-5 });
  tf.dispose([want, got]);
});

// For a linear f, <f(x), y> = <x, gradient of f at y>.
test.each([
  ['avgPool', (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, [3, 2], 2, 'same')],
  ['avgPool, pad 1', (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 3, 1, 1)],
  ['resizeBilinear', (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, [5, 13], true)],
  ['resizeNearestNeighbor', (x: tf.Tensor) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [5, 13])],
])('gradient of %s is its adjoint', async (_, f) => {
  await tf.setBackend('onnx');
  const x = image();
  const value = f(x);
  const y = numbers(value.shape, 5);
  const gradient = tf.grads((a: tf.Tensor) => tf.mul(f(a), y))([x])[0] as tf.Tensor;
  const [left, right] = [tf.sum(tf.mul(value, y)), tf.sum(tf.mul(x, gradient))];
  await left.data();
  expect(left).toBeAllClose(right, { rtol: 1e-4, atol: 1e-3 });
});
