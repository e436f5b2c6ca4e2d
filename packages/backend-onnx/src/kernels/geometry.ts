import type * as tf from '@tensorflow/tfjs-core';
import { type OnnxBackend, swapLayout } from '../backend.js';
import type { Value } from '../graph/value.js';

/** The sizes of a convolution or a pool. Lists hold one number for each side: two for images, three for volumes. */
export interface Geometry {
  batch: number;
  inChannels: number;
  outChannels: number;
  input: number[];
  output: number[];
  filter: number[];
  strides: number[];
  dilations: number[];
  /** Padding before the first element. */
  before: number[];
  /** Whether tfjs has the channels before the sides too, as ONNX does. */
  channelsFirst: boolean;
}

export function planar(info: tf.backend_util.Conv2DInfo): Geometry {
  return {
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    filter: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.top, info.padInfo.left],
    channelsFirst: info.dataFormat === 'channelsFirst',
  };
}

export function volumetric(info: tf.backend_util.Conv3DInfo): Geometry {
  return {
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    filter: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    channelsFirst: info.dataFormat === 'channelsFirst',
  };
}

/** How many padded elements each side's windows span. */
export const span = ({ output, filter, strides, dilations }: Geometry): number[] =>
  output.map(
    (size, i) =>
      (size - 1) * (strides[i] as number) + ((filter[i] as number) - 1) * (dilations[i] as number) + 1,
  );

/**
 * ONNX pads, all before and then all after, that give the output size tfjs computed. Its own end pads don't always:
 * with a numeric pad it takes the filter to be square.
 */
export function padding(geometry: Geometry): number[] {
  const { input, before } = geometry;
  const after = span(geometry).map((size, i) =>
    Math.max(0, size - (input[i] as number) - (before[i] as number)),
  );
  return [...before, ...after];
}

/** How many elements at the end of each side no window reaches. */
export function unreached(geometry: Geometry): number[] {
  const { input, before } = geometry;
  return span(geometry).map((size, i) => Math.max(0, (input[i] as number) + (before[i] as number) - size));
}

export const inputShape = ({ batch, inChannels, input }: Geometry): number[] => [batch, inChannels, ...input];

export const outputShape = ({ batch, outChannels, output }: Geometry): number[] => [
  batch,
  outChannels,
  ...output,
];

/** A batch in ONNX Runtime's order: channels before the sides. */
export function batchOf(backend: OnnxBackend, x: tf.TensorInfo, { channelsFirst, input }: Geometry): Value {
  if (channelsFirst) return backend.plain(x);
  if (input.length === 2) return backend.channelsFirst(x);
  return swapLayout(backend.plain(x), [0, 4, 1, 2, 3]);
}

export function makeBatch(
  backend: OnnxBackend,
  value: Value,
  { channelsFirst, input }: Geometry,
): tf.TensorInfo {
  if (channelsFirst) return backend.make(value);
  if (input.length === 2) return backend.makeChannelsFirst(value);
  return backend.make(swapLayout(value, [0, 2, 3, 4, 1]));
}
