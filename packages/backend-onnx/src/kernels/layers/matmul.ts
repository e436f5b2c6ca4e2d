import * as tf from '@tensorflow/tfjs-core';
import { int8Columns } from '../../graph/int8-columns.js';
import { type Dtype, record, scalar, type Value } from '../../graph/value.js';
import { activate } from '../elementwise/unary.js';
import { cast, expand, kernel, pointwise, transpose } from '../kernel.js';
import { int8Product } from './int8-product.js';

interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

function swapLast(x: Value): Value {
  const rank = x.shape.length;
  const permutation = x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return transpose(x, permutation);
}

function matMul(a: Value, b: Value, { transposeA, transposeB }: Transposes): Value {
  const [rankA, rankB] = [a.shape.length, b.shape.length];
  const [innerA, innerB] = [a.shape[rankA - (transposeA ? 2 : 1)], b.shape[rankB - (transposeB ? 1 : 2)]];
  tf.util.assert(
    innerA === innerB,
    () =>
      `Error in matMul: inner shapes (${innerA}) and (${innerB}) of Tensors with shapes ${a.shape} and ` +
      `${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rows = a.shape[rankA - (transposeA ? 1 : 2)] as number;
  const columns = b.shape[rankB - (transposeB ? 2 : 1)] as number;
  const shape = [...batch, rows, columns];
  const dtype: Dtype = a.dtype === 'float32' || b.dtype === 'float32' ? 'float32' : 'int32';
  if (innerA === 0) return expand(scalar(0, dtype), shape); // nothing to sum
  const known = transposeA || transposeB ? undefined : int8Columns(b);
  if (known !== undefined) return int8Product(cast(a, 'float32'), known, shape);
  const [left, right] = [cast(a, dtype), cast(b, dtype)];
  if (!transposeA && !transposeB) return record('MatMul', [left, right], shape, dtype);
  if (dtype === 'int32') {
    return record(
      'MatMul',
      [transposeA ? swapLast(left) : left, transposeB ? swapLast(right) : right],
      shape,
      dtype,
    );
  }
  const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  return record('FusedMatMul', [left, right], shape, dtype, flags);
}

/** The type in which tensors are multiplied and added. */
const numbersOf = (infos: readonly tf.TensorInfo[]): 'float32' | 'int32' =>
  infos.some(({ dtype }) => dtype === 'float32') ? 'float32' : 'int32';

export const matMulKernels = [
  kernel<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>(tf.BatchMatMul, (backend, { a, b }, attributes) =>
    backend.make(matMul(backend.plain(a), backend.plain(b), attributes)),
  ),
  kernel<tf._FusedMatMulInputs, tf._FusedMatMulAttrs>(tf._FusedMatMul, (backend, inputs, attributes) => {
    const { a, b, bias, preluActivationWeights: slopes } = inputs;
    let result = matMul(backend.plain(a), backend.plain(b), attributes);
    if (bias !== undefined && bias !== null)
      result = pointwise('Add', [result, cast(backend.plain(bias), result.dtype)]);
    const slope = slopes === undefined || slopes === null ? undefined : backend.plain(slopes);
    return backend.make(activate(result, attributes.activation, slope, attributes.leakyreluAlpha));
  }),
  kernel<tf.EinsumInputs, tf.EinsumAttrs>(tf.Einsum, (backend, inputs, { equation }) => {
    const infos = Object.values(inputs as unknown as tf.Tensor[]);
    const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, infos.length);
    tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, infos);
    const type = numbersOf(infos);
    const values = infos.map((info) => cast(backend.plain(info), type));
    const [terms = '', result = ''] = equation.replaceAll(/\s/g, '').split('->');
    const sizes = new Map<string, number>();
    terms.split(',').forEach((term, i) => {
      [...term].forEach((letter, axis) => {
        sizes.set(letter, values[i]?.shape[axis] ?? 1);
      });
    });
    const shape = [...result].map((letter) => sizes.get(letter) ?? 1);
    return backend.make(record('Einsum', values, shape, type, { equation }));
  }),
];
