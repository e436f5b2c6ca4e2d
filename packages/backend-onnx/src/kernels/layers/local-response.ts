import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../../graph/layout.js';
import { record, scalar, type Value } from '../../graph/value.js';
import { cast, kernel, pointwise } from '../kernel.js';

interface LocalResponse {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}

const number = (value: number): Value => scalar(value, 'float32');

/** Sums over a window of channels of a [N, C, H, W] value. */
function windowSum(x: Value, radius: number): Value {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const size = 2 * radius + 1;
  const planes = reshape(x, [batch, 1, channels, height * width]);
  const mean = record('AveragePool', [planes], planes.shape, 'float32', {
    kernel_shape: [size, 1],
    pads: [radius, 0, radius, 0],
    count_include_pad: 1,
  });
  return reshape(pointwise('Mul', [mean, number(size)]), x.shape);
}

/** bias + alpha · (sum of squares over the window). */
const norm = (x: Value, { depthRadius, bias, alpha }: LocalResponse): Value => {
  const squares = windowSum(pointwise('Mul', [x, x]), depthRadius);
  return pointwise('Add', [pointwise('Mul', [squares, number(alpha)]), number(bias)]);
};

/** Local response normalization (Krizhevsky et al., "ImageNet Classification", 2012, section 3.3). */
export const localResponseKernels = [
  kernel<tf.LRNInputs, LocalResponse>(tf.LRN, (backend, { x }, attributes) => {
    const value = cast(backend.channelsFirst(x), 'float32');
    const scale = pointwise('Pow', [norm(value, attributes), number(-attributes.beta)]);
    return backend.makeChannelsFirst(pointwise('Mul', [value, scale]));
  }),
  kernel<tf.LRNGradInputs, LocalResponse>(tf.LRNGrad, (backend, inputs, attributes) => {
    const { alpha, beta, depthRadius } = attributes;
    const [x, y, dy] = [inputs.x, inputs.y, inputs.dy].map((info) => backend.channelsFirst(info)) as [
      Value,
      Value,
      Value,
    ];
    const scale = norm(x, attributes);
    const direct = pointwise('Mul', [dy, pointwise('Pow', [scale, number(-beta)])]);
    const shared = windowSum(pointwise('Div', [pointwise('Mul', [dy, y]), scale]), depthRadius);
    const through = pointwise('Mul', [pointwise('Mul', [x, shared]), number(2 * alpha * beta)]);
    return backend.makeChannelsFirst(pointwise('Sub', [direct, through]));
  }),
];
