import { GELU } from '@mint/internal/nn';
import { record, scalar, type Value } from '../../graph/value.js';
import { pointwise } from '../kernel.js';
import { fusedKernel } from './fused-kernel.js';

const number = (value: number): Value => scalar(value, 'float32');

/**
 * x·Φ(x), in the order of operators and with the constants that ONNX Runtime makes one operator of. Exported files keep
 * them, since ONNX has had a GELU of its own for few years.
 */
export const geluKernels = [
  fusedKernel(GELU, ({ x }) => {
    const scaled = pointwise('Div', [x, number(Math.SQRT2)]);
    const shifted = pointwise('Add', [record('Erf', [scaled], x.shape, 'float32'), number(1)]);
    return { y: pointwise('Mul', [pointwise('Mul', [x, shifted]), number(0.5)]) };
  }),
];
