import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../../graph/layout.js';
import { record, scalar, sizeOf, type Value } from '../../graph/value.js';
import { activate } from '../elementwise/unary.js';
import { cast, expand, kernel, pointwise, store, transpose } from '../kernel.js';
import {
  batchOf,
  cut,
  frame,
  type Geometry,
  makeBatch,
  outputShape,
  planar,
  restore,
  volumetric,
} from './geometry.js';

interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface FusedAttributes extends ConvolutionAttributes {
  activation: tf.backend_util.Activation;
  leakyreluAlpha?: number;
}

interface VolumeAttributes {
  strides: [number, number, number] | number;
  pad: 'valid' | 'same';
  dilations?: [number, number, number] | number;
}

/** The geometry of one kind of convolution, with the shapes of its input and filter as tfjs has them. */
type Measure<A> = (inShape: readonly number[], filterShape: readonly number[], attributes: A) => Geometry;

type Quadruple = [number, number, number, number];
type Quintuple = [number, number, number, number, number];

const measurePlanar =
  (depthwise: boolean): Measure<ConvolutionAttributes> =>
  (inShape, filterShape, { strides, pad, dataFormat, dilations, dimRoundingMode }) =>
    planar(
      tf.backend_util.computeConv2DInfo(
        inShape as Quadruple,
        filterShape as Quadruple,
        strides,
        dilations ?? 1,
        pad,
        dimRoundingMode,
        depthwise,
        tf.backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
      ),
    );

const measureVolume: Measure<VolumeAttributes> = (inShape, filterShape, { strides, pad, dilations }) =>
  volumetric(
    tf.backend_util.computeConv3DInfo(
      inShape as Quintuple,
      filterShape as Quintuple,
      strides,
      dilations ?? 1,
      pad,
    ),
  );

/** tfjs keeps filters as [...sides, in, out], ONNX as [out, in, ...sides]. */
function filterOrder(filter: Value): Value {
  const rank = filter.shape.length;
  return transpose(filter, [rank - 1, rank - 2, ...filter.shape.slice(2).map((_, side) => side)]);
}

/** [height, width, in, multiplier] as [in · multiplier, 1, height, width]. */
function depthwiseOrder(filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape as Quadruple;
  return reshape(transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

const weightsOf = (filter: Value, depthwise: boolean): Value =>
  depthwise ? depthwiseOrder(filter) : filterOrder(filter);

const groups = ({ inChannels }: Geometry, depthwise: boolean): number => (depthwise ? inChannels : 1);

function convolve(
  x: Value,
  weights: Value,
  bias: Value | undefined,
  geometry: Geometry,
  group: number,
): Value {
  const framed = frame(geometry);
  const seen = cut(x, framed);
  const operands = bias === undefined ? [seen, weights] : [seen, weights, bias];
  const inputs = operands.map((value) => cast(value, 'float32'));
  const { strides, dilations } = geometry;
  const attributes = { strides, dilations, pads: framed.pads, group };
  return record('Conv', inputs, outputShape(geometry), 'float32', attributes);
}

/** An operand that broadcasts against an image, in the order [N, C, H, W]. */
function broadcastable(value: Value, { channelsFirst }: Geometry): Value {
  const padded = reshape(value, [...Array<number>(4 - value.shape.length).fill(1), ...value.shape]);
  return channelsFirst ? padded : transpose(padded, [0, 3, 1, 2]);
}

/** The gradient of a convolution with respect to its input, which is also tfjs' transposed convolution. */
function inputGradient(dy: Value, weights: Value, geometry: Geometry, group: number): Value {
  const { batch, inChannels, strides, dilations } = geometry;
  const framed = frame(geometry);
  const attributes = { strides, dilations, pads: framed.pads, output_padding: framed.rest, group };
  const shape = [batch, inChannels, ...framed.sizes];
  return restore(record('ConvTranspose', [dy, weights], shape, 'float32', attributes), framed, geometry);
}

/**
 * The gradient with respect to the filter: a convolution of x with dy in which batch and channels change places, and
 * stride and dilation too. For a depthwise filter each channel is a group of its own.
 */
function filterGradient(x: Value, dy: Value, geometry: Geometry, depthwise: boolean): Value {
  const { batch, inChannels, outChannels, filter } = geometry;
  const sides = filter.map((_, side) => side + 2);
  const order = [...sides, 0, 1];
  const filters = [inChannels, outChannels / groups(geometry, depthwise), ...filter];
  if (sizeOf(x.shape) === 0 || sizeOf(dy.shape) === 0) {
    const shape = order.map((axis) => filters[axis] as number);
    return expand(scalar(0, 'float32'), shape);
  }
  const framed = frame(geometry, geometry.dilations);
  const seen = cut(x, framed);
  const attributes = {
    strides: geometry.dilations,
    dilations: geometry.strides,
    pads: framed.pads,
    group: groups(geometry, depthwise),
  };
  const swapped = [1, 0, ...sides];
  const [images, weights] = [transpose(seen, swapped), transpose(dy, swapped)];
  const input = depthwise ? reshape(images, [1, inChannels * batch, ...seen.shape.slice(2)]) : images;
  const shape = [depthwise ? 1 : inChannels, outChannels, ...filter];
  const gradient = record('Conv', [input, weights], shape, 'float32', attributes);
  return transpose(reshape(gradient, filters), order);
}

const convolution = <A>(name: string, measure: Measure<A>, depthwise = false) =>
  kernel<{ x: tf.TensorInfo; filter: tf.TensorInfo }, A>(name, (backend, { x, filter }, attributes) => {
    const geometry = measure(x.shape, filter.shape, attributes);
    const weights = weightsOf(backend.plain(filter), depthwise);
    const images = batchOf(backend, x, geometry);
    const value = convolve(images, weights, undefined, geometry, groups(geometry, depthwise));
    return makeBatch(backend, store(value, images.dtype), geometry);
  });

const fusedConvolution = (name: string, depthwise: boolean) =>
  kernel<tf.FusedConv2DInputs, FusedAttributes>(name, (backend, inputs, attributes) => {
    const { x, filter, bias, preluActivationWeights: slopes } = inputs;
    const geometry = measurePlanar(depthwise)(x.shape, filter.shape, attributes);
    const { outChannels } = geometry;
    const weights = weightsOf(backend.plain(filter), depthwise);
    const offset = bias === undefined || bias === null ? undefined : backend.plain(bias);
    const perChannel = offset !== undefined && sizeOf(offset.shape) === outChannels;
    const inConvolution = perChannel ? reshape(offset, [outChannels]) : undefined;
    let result = convolve(
      batchOf(backend, x, geometry),
      weights,
      inConvolution,
      geometry,
      groups(geometry, depthwise),
    );
    if (offset !== undefined && !perChannel)
      result = pointwise('Add', [result, broadcastable(offset, geometry)]);
    const slope =
      slopes === undefined || slopes === null ? undefined : broadcastable(backend.plain(slopes), geometry);
    const active = activate(result, attributes.activation, slope, attributes.leakyreluAlpha);
    return makeBatch(backend, active, geometry);
  });

const inputGradientKernel = <A>(name: string, measure: Measure<A>, depthwise = false) =>
  kernel<{ dy: tf.TensorInfo; filter: tf.TensorInfo }, A & { inputShape: number[] }>(
    name,
    (backend, { dy, filter }, attributes) => {
      const geometry = measure(attributes.inputShape, filter.shape, attributes);
      const weights = weightsOf(backend.plain(filter), depthwise);
      const gradient = inputGradient(
        batchOf(backend, dy, geometry),
        weights,
        geometry,
        groups(geometry, depthwise),
      );
      return makeBatch(backend, gradient, geometry);
    },
  );

const filterGradientKernel = <A>(name: string, measure: Measure<A>, depthwise = false) =>
  kernel<{ x: tf.TensorInfo; dy: tf.TensorInfo }, A & { filterShape: number[] }>(
    name,
    (backend, { x, dy }, attributes) => {
      const geometry = measure(x.shape, attributes.filterShape, attributes);
      const [images, gradients] = [batchOf(backend, x, geometry), batchOf(backend, dy, geometry)];
      return backend.make(filterGradient(images, gradients, geometry, depthwise));
    },
  );

export const convolutionKernels = [
  convolution(tf.Conv2D, measurePlanar(false)),
  convolution(tf.DepthwiseConv2dNative, measurePlanar(true), true),
  convolution(tf.Conv3D, measureVolume),
  fusedConvolution(tf.FusedConv2D, false),
  fusedConvolution(tf.FusedDepthwiseConv2D, true),
  inputGradientKernel(tf.Conv2DBackpropInput, measurePlanar(false)),
  inputGradientKernel(tf.DepthwiseConv2dNativeBackpropInput, measurePlanar(true), true),
  inputGradientKernel(tf.Conv3DBackpropInputV2, measureVolume),
  filterGradientKernel(tf.Conv2DBackpropFilter, measurePlanar(false)),
  filterGradientKernel(tf.DepthwiseConv2dNativeBackpropFilter, measurePlanar(true), true),
  filterGradientKernel(tf.Conv3DBackpropFilterV2, measureVolume),
];
