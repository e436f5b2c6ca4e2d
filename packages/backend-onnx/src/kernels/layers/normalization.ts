import * as tf from '@tensorflow/tfjs-core';
import { constant, record, scalar, type Value } from '../../graph/value.js';
import { cast, elementwise, kernel, pointwise } from '../kernel.js';

export const normalizationKernels = [
  kernel<tf.FusedBatchNormInputs, tf.FusedBatchNormAttrs>(
    tf.FusedBatchNorm,
    (backend, inputs, { varianceEpsilon }) => {
      const { x, scale, offset, mean, variance } = inputs;
      const channels = x.shape[x.shape.length - 1] as number;
      const perChannel = [scale, offset, mean, variance].every(
        (info) => info === undefined || info === null || info.shape.length === 1,
      );
      const repeated = (value: number): Value =>
        constant([channels], 'float32', Array<number>(channels).fill(value));
      if (backend.isChannelsFirst(x) && perChannel) {
        const values = [
          cast(backend.channelsFirst(x), 'float32'),
          scale ? backend.plain(scale) : repeated(1),
          offset ? backend.plain(offset) : repeated(0),
          backend.plain(mean),
          backend.plain(variance),
        ];
        const attributes = { epsilon: { float: varianceEpsilon } };
        return backend.makeChannelsFirst(
          record('BatchNormalization', values, (values[0] as Value).shape, 'float32', attributes),
        );
      }
      const operands = [x, mean, variance, ...(scale ? [scale] : []), ...(offset ? [offset] : [])];
      return elementwise(backend, operands, (values) => {
        const [value, m, v, ...rest] = values.map((operand) => cast(operand, 'float32'));
        const shifted = pointwise('Add', [v as Value, scalar(varianceEpsilon, 'float32')]);
        const deviation = record('Sqrt', [shifted], shifted.shape, 'float32');
        const [gain, bias] = [scale ? rest.shift() : undefined, offset ? rest.shift() : undefined];
        const slope = pointwise('Div', [gain ?? scalar(1, 'float32'), deviation]);
        const scaled = pointwise('Mul', [pointwise('Sub', [value as Value, m as Value]), slope]);
        return bias === undefined ? scaled : pointwise('Add', [scaled, bias]);
      });
    },
  ),
];
