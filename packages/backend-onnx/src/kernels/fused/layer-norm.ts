import type { TensorInfo } from '@tensorflow/tfjs-core';
import { reshape } from '../../backend.js';
import { integers, record, recordMany, sizeOf, type Value } from '../../graph/value.js';
import { kernel, pointwise } from '../kernel.js';
import { columnSum } from '../reduction.js';

/** Layer normalisation over the last axis and its gradient as one kernel each: not tfjs', ours (docs/packages/backend-onnx.md). */

interface LayerNormInputs {
  /** `[..., d]`. */
  readonly x: TensorInfo;
  /** `[d]`. */
  readonly gamma: TensorInfo;
  readonly beta: TensorInfo;
}

interface GradientInputs {
  readonly dy: TensorInfo;
  readonly x: TensorInfo;
  readonly gamma: TensorInfo;
  /** `[rows, 1]`, as the forward kernel gives them. */
  readonly mean: TensorInfo;
  readonly inverse: TensorInfo;
}

const rowsOf = ({ shape }: TensorInfo): [number, number] => {
  const width = shape[shape.length - 1] as number;
  return [sizeOf(shape) / width, width];
};

export const layerNormKernels = [
  /** Returns the normalised tensor, and each row's mean and 1/√(variance + epsilon), both `[rows, 1]`. */
  kernel<LayerNormInputs, { epsilon: number }>(
    'MintLayerNorm',
    (backend, { x, gamma, beta }, { epsilon }) => {
      const [rows, width] = rowsOf(x);
      const statistics = { shape: [rows, 1], dtype: 'float32' as const };
      const [y, mean, inverse] = recordMany(
        'LayerNormalization',
        [reshape(backend.plain(x), [rows, width]), backend.plain(gamma), backend.plain(beta)],
        [{ shape: [rows, width], dtype: 'float32' }, statistics, statistics],
        { axis: -1, epsilon: { float: epsilon } },
      ) as [Value, Value, Value];
      return [backend.make(reshape(y, x.shape)), backend.make(mean), backend.make(inverse)];
    },
  ),
  /** Returns the gradients of `x`, `gamma` and `beta`. */
  kernel<GradientInputs>('MintLayerNormGrad', (backend, { dy, x, gamma, mean, inverse }) => {
    const [rows, width] = rowsOf(x);
    const flat = (info: TensorInfo) => reshape(backend.plain(info), [rows, width]);
    const [g, scale] = [flat(dy), backend.plain(inverse)];
    const normed = pointwise('Mul', [pointwise('Sub', [flat(x), backend.plain(mean)]), scale]);
    const dNormed = pointwise('Mul', [g, backend.plain(gamma)]);
    const rowMean = (value: Value) =>
      record('ReduceMean', [value, integers([1])], [rows, 1], 'float32', { keepdims: 1 });
    const total = (value: Value) => backend.make(reshape(columnSum(value, width), [width]));
    const along = pointwise('Mul', [normed, rowMean(pointwise('Mul', [dNormed, normed]))]);
    const centred = pointwise('Sub', [pointwise('Sub', [dNormed, rowMean(dNormed)]), along]);
    return [
      backend.make(reshape(pointwise('Mul', [centred, scale]), x.shape)),
      total(pointwise('Mul', [g, normed])),
      total(g),
    ];
  }),
];
