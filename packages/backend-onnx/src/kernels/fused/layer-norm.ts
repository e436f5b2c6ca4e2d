import { LAYER_NORM, LAYER_NORM_GRADIENT } from '@mint/internal/nn';
import { reshape } from '../../graph/layout.js';
import { integers, record, recordMany, sizeOf, type Value } from '../../graph/value.js';
import { pointwise } from '../kernel.js';
import { columnSum } from '../reduction.js';
import { fusedKernel } from './fused-kernel.js';

/** Layer normalisation over the last axis and its gradient, one kernel each (docs/packages/backend-onnx.md). */
export const layerNormKernels = [
  fusedKernel(LAYER_NORM, ({ x, gamma, beta }, { epsilon }) => {
    const [rows, width] = rowsOf(x);
    const statistics = { shape: [rows, 1], dtype: 'float32' as const };
    const [y, mean, inverse] = recordMany(
      'LayerNormalization',
      [reshape(x, [rows, width]), gamma, beta],
      [{ shape: [rows, width], dtype: 'float32' }, statistics, statistics],
      { axis: -1, epsilon: { float: epsilon } },
    ) as [Value, Value, Value];
    return { y: reshape(y, x.shape), mean, inverse };
  }),
  fusedKernel(LAYER_NORM_GRADIENT, ({ dy, x, gamma, mean, inverse }) => {
    const [rows, width] = rowsOf(x);
    const rowMean = (value: Value) =>
      record('ReduceMean', [value, integers([1])], [rows, 1], 'float32', { keepdims: 1 });
    const total = (value: Value) => reshape(columnSum(value, width), [width]);
    const g = reshape(dy, [rows, width]);
    const normed = pointwise('Mul', [pointwise('Sub', [reshape(x, [rows, width]), mean]), inverse]);
    const dNormed = pointwise('Mul', [g, gamma]);
    const along = pointwise('Mul', [normed, rowMean(pointwise('Mul', [dNormed, normed]))]);
    const centred = pointwise('Sub', [pointwise('Sub', [dNormed, rowMean(dNormed)]), along]);
    return {
      dx: reshape(pointwise('Mul', [centred, inverse]), x.shape),
      dGamma: total(pointwise('Mul', [g, normed])),
      dBeta: total(g),
    };
  }),
];

/** Rows and width of `[..., d]`. */
function rowsOf({ shape }: Value): [number, number] {
  const width = shape.at(-1) ?? 1;
  return [sizeOf(shape) / width, width];
}
