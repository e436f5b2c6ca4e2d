import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../../backend.js';
import { swapLayout } from '../../graph/layout.js';
import type { Value } from '../../graph/value.js';
import { pad } from '../kernel.js';
import { window } from '../layout/slicing.js';

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

/** The part of a batch's sides that ONNX computes on. */
export interface Frame {
  begin: number[];
  sizes: number[];
  /** ONNX pads: all before, then all after. */
  pads: number[];
  /** Elements at the end of each side's part that no window reaches. */
  rest: number[];
}

/**
 * Frames the input so that ONNX computes as many outputs as tfjs. Usually the frame is the whole input; but tfjs assumes
 * square filters for numeric pads, and has negative pads. An end that no window reaches may stay if it is below `slack`.
 */
export function frame(geometry: Geometry, slack: readonly number[] = geometry.strides): Frame {
  const { input, before } = geometry;
  const reach = span(geometry).map((size, i) => size - (before[i] as number));
  const unreached = input.map((size, i) => Math.max(0, size - (reach[i] as number)));
  const rest = unreached.map((size, i) => (size < (slack[i] as number) ? size : 0));
  const begin = before.map((size) => Math.max(0, -size));
  const sizes = input.map(
    (size, i) => size - (unreached[i] as number) + (rest[i] as number) - (begin[i] as number),
  );
  const after = reach.map((size, i) => Math.max(0, size - (input[i] as number)));
  return { begin, sizes, pads: [...before.map((size) => Math.max(0, size)), ...after], rest };
}

/** The framed part of a batch. */
export function cut(x: Value, { begin, sizes }: Frame): Value {
  const [batch, channels] = x.shape as [number, number];
  return window(x, [0, 0, ...begin], [batch, channels, ...sizes]);
}

/** A framed part with zeros around it, of the size of the whole. */
export function restore(part: Value, { begin, sizes }: Frame, { input }: Geometry): Value {
  if (tf.util.arraysEqual(sizes, input)) return part;
  const sides = begin.map((before, i): [number, number] => [
    before,
    (input[i] as number) - before - (sizes[i] as number),
  ]);
  return pad(part, [[0, 0], [0, 0], ...sides]);
}

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
