import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../backend.js';
import { integers, record, recordMany, scalar, sizeOf, type Value } from '../graph/value.js';
import { kernel, padding, pointwise } from './kernel.js';

type Info = tf.backend_util.Conv2DInfo;

interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function poolInfo(
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolAttributes,
): Info {
  const size = shape as [number, number, number, number];
  return tf.backend_util.computePool2DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
}

const attributesOf = (info: Info) => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  pads: padding(info),
});

const outShape = (info: Info): number[] => [info.batchSize, info.inChannels, info.outHeight, info.outWidth];

const isIdentity = ({ filterHeight, filterWidth, inShape, outShape: shape }: Info): boolean =>
  filterHeight === 1 && filterWidth === 1 && tf.util.arraysEqual(inShape, shape);

const averagePool = (x: Value, info: Info): Value =>
  record('AveragePool', [x], outShape(info), 'float32', { ...attributesOf(info), count_include_pad: 0 });

/** How many elements of the image each window covers, as 1 / count, [1, 1, outHeight, outWidth]. */
function inverseCounts(info: Info): Value {
  const ones = record(
    'Expand',
    [scalar(1, 'float32'), integers([1, 1, info.inHeight, info.inWidth])],
    [1, 1, info.inHeight, info.inWidth],
    'float32',
  );
  const area = info.filterHeight * info.filterWidth;
  const attributes = { ...attributesOf(info), count_include_pad: 1 };
  const share = record('AveragePool', [ones], [1, 1, info.outHeight, info.outWidth], 'float32', attributes);
  return pointwise('Div', [scalar(1 / area, 'float32'), share]);
}

/** Spreads each element of dy over its window, times `weight`. */
function spread(dy: Value, info: Info): Value {
  const [top, left, bottom, right] = padding(info);
  const planes = info.batchSize * info.inChannels;
  const full = [info.filterHeight, info.filterWidth];
  const reached = [
    info.strideHeight * (info.outHeight - 1) + info.filterHeight - top - bottom,
    info.strideWidth * (info.outWidth - 1) + info.filterWidth - left - right,
  ] as const;
  const kernelShape = [1, 1, ...full];
  const ones = record('Expand', [scalar(1, 'float32'), integers(kernelShape)], kernelShape, 'float32');
  const flat = reshape(dy, [planes, 1, info.outHeight, info.outWidth]);
  const shape = [planes, 1, info.inHeight, info.inWidth];
  const attributes = {
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
    output_padding: [info.inHeight - reached[0], info.inWidth - reached[1]],
  };
  const result = record('ConvTranspose', [flat, ones], shape, 'float32', attributes);
  return reshape(result, [info.batchSize, info.inChannels, info.inHeight, info.inWidth]);
}

export const poolingKernels = [
  kernel<tf.MaxPoolInputs, PoolAttributes>(tf.MaxPool, (backend, { x }, attributes) => {
    const info = poolInfo(x.shape, attributes);
    if (isIdentity(info)) return backend.share(x);
    return backend.makeChannelsFirst(
      record('MaxPool', [backend.channelsFirst(x)], outShape(info), 'float32', attributesOf(info)),
    );
  }),
  kernel<tf.AvgPoolInputs, PoolAttributes>(tf.AvgPool, (backend, { x }, attributes) => {
    const info = poolInfo(x.shape, attributes);
    if (isIdentity(info)) return backend.share(x);
    return backend.makeChannelsFirst(averagePool(backend.channelsFirst(x), info));
  }),
  kernel<tf.MaxPoolGradInputs, PoolAttributes>(tf.MaxPoolGrad, (backend, { dy, input }, attributes) => {
    const info = poolInfo(input.shape, attributes);
    const x = backend.channelsFirst(input);
    const results = [
      { shape: outShape(info), dtype: 'float32' as const },
      { shape: outShape(info), dtype: 'int64' as const },
    ];
    const [, winners] = recordMany('MaxPool', [x], results, attributesOf(info)) as [Value, Value];
    const [from, to] = [sizeOf(outShape(info)), sizeOf(x.shape)];
    const zeros = record('Expand', [scalar(0, 'float32'), integers([to])], [to], 'float32');
    const inputs = [zeros, reshape(winners, [from]), reshape(backend.channelsFirst(dy), [from])];
    const sums = record('ScatterElements', inputs, [to], 'float32', { axis: 0, reduction: 'add' });
    return backend.makeChannelsFirst(reshape(sums, x.shape));
  }),
  kernel<tf.AvgPoolGradInputs, PoolAttributes>(tf.AvgPoolGrad, (backend, { dy, input }, attributes) => {
    const info = poolInfo(input.shape, attributes);
    const share = pointwise('Mul', [backend.channelsFirst(dy), inverseCounts(info)]);
    return backend.makeChannelsFirst(spread(share, info));
  }),
];
