import * as tf from '@tensorflow/tfjs-core';
import { type OnnxBackend, reshape } from '../backend.js';
import { record, sizeOf, type Value } from '../graph/value.js';
import { kernel, padding, pointwise, transpose } from './kernel.js';
import { window } from './shape.js';
import { activate } from './unary.js';

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

type Info = tf.backend_util.Conv2DInfo;

function convolutionInfo(
  inShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dataFormat, dilations, dimRoundingMode }: ConvolutionAttributes,
  depthwise = false,
): Info {
  return tf.backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
  );
}

const image = (backend: OnnxBackend, x: tf.TensorInfo, info: Info): Value =>
  info.dataFormat === 'channelsFirst' ? backend.plain(x) : backend.channelsFirst(x);

const makeImage = (backend: OnnxBackend, value: Value, info: Info): tf.TensorInfo =>
  info.dataFormat === 'channelsFirst' ? backend.make(value) : backend.makeChannelsFirst(value);

const geometry = (info: Info) => ({
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
});

const outShape = (info: Info): number[] => [info.batchSize, info.outChannels, info.outHeight, info.outWidth];

/** tfjs keeps filters as [height, width, in, out], ONNX as [out, in, height, width]. */
const filterOrder = (filter: Value): Value => transpose(filter, [3, 2, 0, 1]);

/** [height, width, in, multiplier] as [in · multiplier, 1, height, width]. */
function depthwiseOrder(filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  return reshape(transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

function convolve(x: Value, weights: Value, bias: Value | undefined, info: Info, group: number): Value {
  const inputs = bias === undefined ? [x, weights] : [x, weights, bias];
  return record('Conv', inputs, outShape(info), 'float32', { ...geometry(info), pads: padding(info), group });
}

type FusedInputs = tf.FusedConv2DInputs;

function fusedConvolution(name: string, depthwise: boolean) {
  return kernel<FusedInputs, FusedAttributes>(name, (backend, inputs, attributes) => {
    const { x, filter, bias, preluActivationWeights: slopes } = inputs;
    const info = convolutionInfo(x.shape, filter.shape, attributes, depthwise);
    const weights = depthwise ? depthwiseOrder(backend.plain(filter)) : filterOrder(backend.plain(filter));
    const offset = bias === undefined || bias === null ? undefined : backend.plain(bias);
    const perChannel = offset !== undefined && sizeOf(offset.shape) === info.outChannels;
    const inConvolution = perChannel ? reshape(offset, [info.outChannels]) : undefined;
    let result = convolve(
      image(backend, x, info),
      weights,
      inConvolution,
      info,
      depthwise ? info.inChannels : 1,
    );
    if (offset !== undefined && !perChannel) result = pointwise('Add', [result, broadcastable(offset, info)]);
    const slope =
      slopes === undefined || slopes === null ? undefined : broadcastable(backend.plain(slopes), info);
    return makeImage(
      backend,
      activate(result, attributes.activation, slope, attributes.leakyreluAlpha),
      info,
    );
  });
}

/** An operand that broadcasts against an image, in the order [N, C, H, W]. */
function broadcastable(value: Value, info: Info): Value {
  const padded = reshape(value, [...Array<number>(4 - value.shape.length).fill(1), ...value.shape]);
  return info.dataFormat === 'channelsFirst' ? padded : transpose(padded, [0, 3, 1, 2]);
}

/** The gradient of a convolution with respect to its input, which is also tfjs' transposed convolution. */
function inputGradient(dy: Value, weights: Value, info: Info, group: number): Value {
  const [strides, dilations] = [
    [info.strideHeight, info.strideWidth],
    [info.dilationHeight, info.dilationWidth],
  ];
  const [top, left, bottom, right] = padding(info);
  const reach = (axis: 0 | 1, outSize: number, filterSize: number, padding: number) =>
    (strides[axis] as number) * (outSize - 1) + (dilations[axis] as number) * (filterSize - 1) + 1 - padding;
  const extra = [
    info.inHeight - reach(0, info.outHeight, info.filterHeight, top + bottom),
    info.inWidth - reach(1, info.outWidth, info.filterWidth, left + right),
  ];
  const shape = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  const attributes = { strides, dilations, pads: padding(info), output_padding: extra, group };
  return record('ConvTranspose', [dy, weights], shape, 'float32', attributes);
}

/** The part of the input that some output saw, and the pads around it; the rest is neither read nor padded. */
function seenBy(x: Value, info: Info): { seen: Value; pads: number[] } {
  const rows = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
  const columns = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;
  const { top, left } = info.padInfo;
  const [height, width] = [Math.min(info.inHeight, rows - top), Math.min(info.inWidth, columns - left)];
  const seen = window(x, [0, 0, 0, 0], [info.batchSize, info.inChannels, height, width]);
  return { seen, pads: [top, left, rows - top - height, columns - left - width] };
}

/**
 * The gradient with respect to the filter: a convolution of x with dy in which batch and channels change places, and
 * stride and dilation too. For a depthwise filter each channel is a group of its own.
 */
function filterGradient(x: Value, dy: Value, info: Info, depthwise: boolean): Value {
  const { inChannels, outChannels, batchSize, filterHeight, filterWidth } = info;
  const { seen, pads } = seenBy(x, info);
  const attributes = {
    strides: [info.dilationHeight, info.dilationWidth],
    dilations: [info.strideHeight, info.strideWidth],
    pads,
    group: depthwise ? inChannels : 1,
  };
  const [, , height, width] = seen.shape as [number, number, number, number];
  const [images, weights] = [transpose(seen, [1, 0, 2, 3]), transpose(dy, [1, 0, 2, 3])];
  const input = depthwise ? reshape(images, [1, inChannels * batchSize, height, width]) : images;
  const shape = [depthwise ? 1 : inChannels, outChannels, filterHeight, filterWidth];
  const gradient = record('Conv', [input, weights], shape, 'float32', attributes);
  const filters = [inChannels, outChannels / (depthwise ? inChannels : 1), filterHeight, filterWidth];
  return transpose(reshape(gradient, filters), [2, 3, 0, 1]);
}

const inputGradientKernel = (name: string, depthwise: boolean) =>
  kernel<{ dy: tf.TensorInfo; filter: tf.TensorInfo }, ConvolutionAttributes & { inputShape: number[] }>(
    name,
    (backend, { dy, filter }, attributes) => {
      const info = convolutionInfo(attributes.inputShape, filter.shape, attributes, depthwise);
      const weights = depthwise ? depthwiseOrder(backend.plain(filter)) : filterOrder(backend.plain(filter));
      const gradient = inputGradient(
        image(backend, dy, info),
        weights,
        info,
        depthwise ? info.inChannels : 1,
      );
      return makeImage(backend, gradient, info);
    },
  );

const filterGradientKernel = (name: string, depthwise: boolean) =>
  kernel<{ x: tf.TensorInfo; dy: tf.TensorInfo }, ConvolutionAttributes & { filterShape: number[] }>(
    name,
    (backend, { x, dy }, attributes) => {
      const info = convolutionInfo(x.shape, attributes.filterShape, attributes, depthwise);
      return backend.make(filterGradient(image(backend, x, info), image(backend, dy, info), info, depthwise));
    },
  );

export const convolutionKernels = [
  kernel<tf.Conv2DInputs, ConvolutionAttributes>(tf.Conv2D, (backend, { x, filter }, attributes) => {
    const info = convolutionInfo(x.shape, filter.shape, attributes);
    const weights = filterOrder(backend.plain(filter));
    return makeImage(backend, convolve(image(backend, x, info), weights, undefined, info, 1), info);
  }),
  kernel<tf.DepthwiseConv2dNativeInputs, ConvolutionAttributes>(
    tf.DepthwiseConv2dNative,
    (backend, { x, filter }, attributes) => {
      const info = convolutionInfo(x.shape, filter.shape, attributes, true);
      const weights = depthwiseOrder(backend.plain(filter));
      return makeImage(
        backend,
        convolve(image(backend, x, info), weights, undefined, info, info.inChannels),
        info,
      );
    },
  ),
  fusedConvolution(tf.FusedConv2D, false),
  fusedConvolution(tf.FusedDepthwiseConv2D, true),
  inputGradientKernel(tf.Conv2DBackpropInput, false),
  inputGradientKernel(tf.DepthwiseConv2dNativeBackpropInput, true),
  filterGradientKernel(tf.Conv2DBackpropFilter, false),
  filterGradientKernel(tf.DepthwiseConv2dNativeBackpropFilter, true),
];
