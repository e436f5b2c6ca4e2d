import '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conforms, fixed, make, type Spec, smallInts, tame, tensors } from './harness.js';

const size = fc.constantFrom(1, 2, 3, 5, 0);

interface Product {
  a: Spec;
  b: Spec;
  bias: Spec;
  slopes: Spec;
  transposeA: boolean;
  transposeB: boolean;
}

/** Two batches of matrices that can be multiplied; cpu broadcasts a batch only as a whole. */
const products = (dtype: 'float32' | 'int32'): fc.Arbitrary<Product> =>
  fc
    .record({
      rows: size,
      inner: size,
      columns: size,
      batch: fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 }),
      single: fc.constantFrom('a', 'b', undefined),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
    })
    .chain(({ rows, inner, columns, batch, single, transposeA, transposeB }) => {
      const ones = batch.map(() => 1);
      const shapeA = [...(single === 'a' ? ones : batch), ...(transposeA ? [inner, rows] : [rows, inner])];
      const shapeB = [
        ...(single === 'b' ? ones : batch),
        ...(transposeB ? [columns, inner] : [inner, columns]),
      ];
      const elements = dtype === 'float32' ? tame : smallInts;
      return fc.record({
        a: tensors(fc.constant(shapeA), dtype, elements),
        b: tensors(fc.constant(shapeB), dtype, elements),
        bias: fixed([columns]),
        slopes: fixed([columns]),
        transposeA: fc.constant(transposeA),
        transposeB: fc.constant(transposeB),
      });
    });

const multiply = ({ a, b, transposeA, transposeB }: Product) => ({
  [`matMul [${a.shape}] [${b.shape}] ${transposeA} ${transposeB}`]: () =>
    tf.matMul(make(a), make(b), transposeA, transposeB),
});

test('matMul of float32', () => conforms(products('float32'), multiply));
test('matMul of int32', () => conforms(products('int32'), multiply));

test('batch dimensions that broadcast crosswise, which cpu gets wrong', async () => {
  await tf.setBackend('onnx');
  const a = tf.randomNormal([2, 1, 3, 5], 0, 1, 'float32', 1);
  const b = tf.randomNormal([1, 3, 5, 2], 0, 1, 'float32', 2);
  const product = tf.matMul(a, b);
  const [x, y] = [(await a.array()) as number[][][][], (await b.array()) as number[][][][]];
  const want = x.map((left) =>
    (y[0] as number[][][]).map((right) =>
      (left[0] as number[][]).map((row) =>
        [0, 1].map((column) => row.reduce((sum, value, k) => sum + value * (right[k]?.[column] ?? 0), 0)),
      ),
    ),
  );
  await product.data();
  expect(product).toBeAllClose(want, { rtol: 1e-4, atol: 1e-5 });
});

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

test('fused matMul', () =>
  conforms(
    products('float32').filter(({ bias }) => bias.shape[0] !== 0),
    ({ a, b, bias, slopes, transposeA, transposeB }) =>
      Object.fromEntries(
        activations.map((activation) => [
          `fused matMul ${activation} [${a.shape}] [${b.shape}] ${transposeA} ${transposeB}`,
          () =>
            tf.fused.matMul({
              a: make(a),
              b: make(b),
              transposeA,
              transposeB,
              bias: make(bias),
              activation,
              preluActivationWeights: make(slopes),
              leakyreluAlpha: 0.3,
            }),
        ]),
      ),
  ));

test('dot and outer products', () =>
  conforms(fc.tuple(fixed([5]), fixed([5]), fixed([3, 5])), ([a, b, matrix]) => ({
    dot: () => tf.dot(make(a), make(b)),
    'matrix by vector': () => tf.dot(make(matrix), make(b)),
    outerProduct: () => tf.outerProduct(make(a) as tf.Tensor1D, make(b) as tf.Tensor1D),
  })));

// An equation and the shapes of its terms.
const equations: [string, number[][]][] = [
  [
    'ij,jk->ik',
    [
      [3, 5],
      [5, 2],
    ],
  ],
  [
    'ij,kj->ki',
    [
      [3, 5],
      [2, 5],
    ],
  ],
  [
    'bij,bjk->bik',
    [
      [2, 3, 5],
      [2, 5, 7],
    ],
  ],
  [
    'bhid,bhjd->bhij',
    [
      [2, 3, 5, 2],
      [2, 3, 7, 2],
    ],
  ],
  ['bij->bji', [[2, 3, 5]]],
  ['bij->b', [[2, 3, 5]]],
  ['ij->', [[3, 5]]],
  ['i,i->', [[5], [5]]],
  ['i,j->ij', [[3], [5]]],
  ['ij,j->i', [[3, 5], [5]]],
  [
    'abc,cd->abd',
    [
      [2, 3, 5],
      [5, 7],
    ],
  ],
  [
    'abcd,cde->abe',
    [
      [2, 3, 5, 2],
      [5, 2, 7],
    ],
  ],
];

test.each(equations)('einsum %s', (equation, terms) =>
  conforms(fc.tuple(...terms.map((shape) => fixed(shape))), (specs) => ({
    einsum: () => tf.einsum(equation, ...specs.map(make)),
  })),
);
