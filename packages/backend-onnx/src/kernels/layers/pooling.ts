import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../../graph/layout.js';
import { type Dtype, record, recordMany, scalar, sizeOf, type Value } from '../../graph/value.js';
import { cast, expand, kernel, pointwise, store } from '../kernel.js';
import {
  batchOf,
  cut,
  type Frame,
  frame,
  type Geometry,
  makeBatch,
  outputShape,
  planar,
  restore,
  volumetric,
} from './geometry.js';

interface PoolAttributes<Sizes> {
  filterSize: Sizes;
  strides: Sizes;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type PlanarAttributes = PoolAttributes<[number, number] | number>;
type VolumeAttributes = PoolAttributes<[number, number, number] | number> & {
  dataFormat?: 'NDHWC' | 'NCDHW';
};
type Measure<A> = (shape: readonly number[], attributes: A) => Geometry;

const measurePlanar: Measure<PlanarAttributes> = (shape, { filterSize, strides, pad, dimRoundingMode }) =>
  planar(
    tf.backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    ),
  );

const measureVolume: Measure<VolumeAttributes> = (
  shape,
  { filterSize, strides, pad, dimRoundingMode, dataFormat },
) =>
  volumetric(
    tf.backend_util.computePool3DInfo(
      shape as [number, number, number, number, number],
      filterSize,
      strides,
      1,
      pad as 'valid' | 'same' | number,
      dimRoundingMode,
      dataFormat,
    ),
  );

const attributesOf = ({ filter, strides }: Geometry, { pads }: Frame) => ({
  kernel_shape: filter,
  strides,
  pads,
});

const isIdentity = ({ filter, input, output }: Geometry): boolean =>
  filter.every((size) => size === 1) && tf.util.arraysEqual(input, output);

/** How many elements of the batch each window covers, as 1 / count, [1, 1, ...output]. */
function inverseCounts(geometry: Geometry): Value {
  const framed = frame(geometry);
  const ones = expand(scalar(1, 'float32'), [1, 1, ...framed.sizes]);
  const attributes = { ...attributesOf(geometry, framed), count_include_pad: 1 };
  const share = record('AveragePool', [ones], [1, 1, ...geometry.output], 'float32', attributes);
  return pointwise('Div', [scalar(1 / sizeOf(geometry.filter), 'float32'), share]);
}

/** Spreads each element of dy over its window. */
function spread(dy: Value, geometry: Geometry): Value {
  const { batch, inChannels, output, strides, filter } = geometry;
  const framed = frame(geometry);
  const planes = batch * inChannels;
  const inputs = [reshape(dy, [planes, 1, ...output]), expand(scalar(1, 'float32'), [1, 1, ...filter])];
  const attributes = { strides, pads: framed.pads, output_padding: framed.rest };
  const result = record('ConvTranspose', inputs, [planes, 1, ...framed.sizes], 'float32', attributes);
  return restore(reshape(result, [batch, inChannels, ...framed.sizes]), framed, geometry);
}

/** The largest element of each window and where it is in the framed batch, which must be float32 or float64. */
function maxPool(x: Value, geometry: Geometry): [Value, Value] {
  const framed = frame(geometry);
  const shape = outputShape(geometry);
  const results = [
    { shape, dtype: x.dtype },
    { shape, dtype: 'int64' as const },
  ];
  return recordMany('MaxPool', [cut(x, framed)], results, attributesOf(geometry, framed)) as [Value, Value];
}

/** In float64, which holds every integer: ONNX Runtime has no pooling of int32. */
const poolable = (x: Value): Value => (x.dtype === 'float32' ? x : cast(x, 'float64'));

/** @param type - Of the result; that of `x` if it is left out. */
const maxPooling = <A>(name: string, measure: Measure<A>, type?: Dtype) =>
  kernel<{ x: tf.TensorInfo }, A>(name, (backend, { x }, attributes) => {
    const geometry = measure(x.shape, attributes);
    if (isIdentity(geometry)) return backend.share(x);
    const value = batchOf(backend, x, geometry);
    const framed = frame(geometry);
    const seen = cut(poolable(value), framed);
    const settings = attributesOf(geometry, framed);
    const largest = record('MaxPool', [seen], outputShape(geometry), seen.dtype, settings);
    return makeBatch(backend, store(largest, type ?? value.dtype), geometry);
  });

const averagePooling = <A>(name: string, measure: Measure<A>) =>
  kernel<{ x: tf.TensorInfo }, A>(name, (backend, { x }, attributes) => {
    const geometry = measure(x.shape, attributes);
    if (isIdentity(geometry)) return backend.share(x);
    const framed = frame(geometry);
    const value = cut(cast(batchOf(backend, x, geometry), 'float32'), framed);
    const settings = { ...attributesOf(geometry, framed), count_include_pad: 0 };
    return makeBatch(
      backend,
      record('AveragePool', [value], outputShape(geometry), 'float32', settings),
      geometry,
    );
  });

type GradientInputs = { dy: tf.TensorInfo; input: tf.TensorInfo };

const maxGradient = <A>(name: string, measure: Measure<A>) =>
  kernel<GradientInputs, A>(name, (backend, { dy, input }, attributes) => {
    const geometry = measure(input.shape, attributes);
    const [, winners] = maxPool(batchOf(backend, input, geometry), geometry);
    const framed = frame(geometry);
    const shape = [geometry.batch, geometry.inChannels, ...framed.sizes];
    const [from, to] = [sizeOf(outputShape(geometry)), sizeOf(shape)];
    const values = reshape(batchOf(backend, dy, geometry), [from]);
    const inputs = [expand(scalar(0, 'float32'), [to]), reshape(winners, [from]), values];
    const sums = record('ScatterElements', inputs, [to], 'float32', { axis: 0, reduction: 'add' });
    return makeBatch(backend, restore(reshape(sums, shape), framed, geometry), geometry);
  });

const averageGradient = <A>(name: string, measure: Measure<A>) =>
  kernel<GradientInputs, A>(name, (backend, { dy, input }, attributes) => {
    const geometry = measure(input.shape, attributes);
    const share = pointwise('Mul', [batchOf(backend, dy, geometry), inverseCounts(geometry)]);
    return makeBatch(backend, spread(share, geometry), geometry);
  });

export const poolingKernels = [
  maxPooling(tf.MaxPool, measurePlanar),
  maxPooling(tf.MaxPool3D, measureVolume, 'float32'),
  averagePooling(tf.AvgPool, measurePlanar),
  averagePooling(tf.AvgPool3D, measureVolume),
  maxGradient(tf.MaxPoolGrad, measurePlanar),
  maxGradient(tf.MaxPool3DGrad, measureVolume),
  averageGradient(tf.AvgPoolGrad, measurePlanar),
  averageGradient(tf.AvgPool3DGrad, measureVolume),
  kernel<tf.MaxPoolWithArgmaxInputs, tf.MaxPoolWithArgmaxAttrs>(
    tf.MaxPoolWithArgmax,
    (backend, { x }, { filterSize, strides, pad, includeBatchInIndex }) => {
      const geometry = measurePlanar(x.shape, { filterSize, strides, pad });
      const value = batchOf(backend, x, geometry);
      const [largest, places] = maxPool(poolable(value), geometry);
      return [
        makeBatch(backend, store(largest, value.dtype), geometry),
        makeBatch(backend, cast(channelsLast(places, geometry, includeBatchInIndex), 'int32'), geometry),
      ];
    },
  ),
];

/** Converts flat positions in a batch [N, C, H, W] to [N, H, W, C], counted from the start of each image or of the batch. */
function channelsLast(places: Value, { input, inChannels }: Geometry, withBatch: boolean): Value {
  const number = (value: number): Value => scalar(value, 'int64');
  const [area, channels] = [number(sizeOf(input)), number(inChannels)];
  const [planes, pixel] = [pointwise('Div', [places, area]), pointwise('Mod', [places, area])];
  const image = pointwise('Mul', [pointwise('Div', [planes, channels]), area]);
  const row = withBatch ? pointwise('Add', [image, pixel]) : pixel;
  const channel = pointwise('Mod', [planes, channels]);
  return pointwise('Add', [pointwise('Mul', [row, channels]), channel]);
}
