import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../../backend.js';
import { reshape } from '../../graph/layout.js';
import { constant, integers, record, scalar, sizeOf, type Value } from '../../graph/value.js';
import { cast, expand, kernel, pad, pointwise, store } from '../kernel.js';
import { window } from '../layout/slicing.js';
import { type Geometry, planar, span } from './geometry.js';

interface DilationAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number;
  dilations: [number, number] | number;
}

/** A dilation whose maximum is yet to be taken. */
interface Dilation {
  geometry: Geometry;
  /** For each position of the filter, the image below it plus its height, [positions, N, outH, outW, C]. */
  candidates: Value;
}

function dilate(
  backend: OnnxBackend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attributes: DilationAttributes,
): Dilation {
  const geometry = planar(
    tf.backend_util.computeDilation2DInfo(
      x.shape as [number, number, number, number],
      filter.shape as [number, number, number],
      attributes.strides,
      attributes.pad as 'valid' | 'same',
      'NHWC',
      attributes.dilations,
    ),
  );
  const { batch, inChannels, input, output, before } = geometry;
  const [rows, columns] = geometry.filter as [number, number];
  const sides = span(geometry).map((size, i): [number, number] => {
    const [first, length] = [before[i] as number, input[i] as number];
    return [first, Math.max(0, size - length - first)];
  });
  const image = cast(backend.plain(x), 'float32');
  const padded = pad(image, [[0, 0], ...sides, [0, 0]], -Infinity);
  const heights = cast(backend.plain(filter), 'float32');
  const shape = [batch, ...output, inChannels];
  const [stepY = 1, stepX = 1] = geometry.dilations;
  const seen = Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns];
    const view = window(padded, [0, row * stepY, column * stepX, 0], shape, [1, ...geometry.strides, 1]);
    const raised = pointwise('Add', [view, window(heights, [row, column, 0], [1, 1, inChannels])]);
    return reshape(raised, [1, ...shape]);
  });
  const candidates = record('Concat', seen, [seen.length, ...shape], 'float32', { axis: 0 });
  return { geometry, candidates };
}

/** The first position of the filter that reaches the maximum, [N, outH, outW, C]. */
function winners({ candidates }: Dilation): Value {
  const attributes = { axis: 0, keepdims: 0 };
  return cast(record('ArgMax', [candidates], candidates.shape.slice(1), 'int64', attributes), 'int32');
}

/** Adds each element of dy to the flat position in `targets`. */
function scatter(dy: Value, targets: Value, shape: readonly number[]): Value {
  const [from, to] = [sizeOf(dy.shape), sizeOf(shape)];
  const inputs = [expand(scalar(0, 'float32'), [to]), reshape(targets, [from]), reshape(dy, [from])];
  return reshape(record('ScatterElements', inputs, [to], 'float32', { axis: 0, reduction: 'add' }), shape);
}

const range = (shape: number[], step: number): Value =>
  constant(
    shape,
    'int32',
    Array.from({ length: sizeOf(shape) }, (_, i) => i * step),
  );

const plus = (values: Value[]): Value => values.reduce((sum, value) => pointwise('Add', [sum, value]));
const times = (value: Value, factor: number): Value => pointwise('Mul', [value, scalar(factor, 'int32')]);

type GradientInputs = { x: tf.TensorInfo; filter: tf.TensorInfo; dy: tf.TensorInfo };

/** Greyscale morphological dilation: the maximum of image plus filter over the filter's positions. */
export const morphologyKernels = [
  kernel<tf.Dilation2DInputs, DilationAttributes>(tf.Dilation2D, (backend, { x, filter }, attributes) => {
    const { candidates } = dilate(backend, x, filter, attributes);
    const shape = candidates.shape.slice(1);
    const largest = record('ReduceMax', [candidates, integers([0])], shape, 'float32', { keepdims: 0 });
    return backend.make(store(largest, backend.plain(x).dtype));
  }),
  kernel<GradientInputs, DilationAttributes>(
    tf.Dilation2DBackpropInput,
    (backend, { x, filter, dy }, attributes) => {
      const dilation = dilate(backend, x, filter, attributes);
      const place = winners(dilation);
      const { batch, inChannels, input, output, strides, dilations, before } = dilation.geometry;
      const [height, width] = input as [number, number];
      const columns = dilation.geometry.filter[1] as number;
      const side = (axis: 0 | 1, within: Value): Value =>
        plus([
          range(
            axis === 0 ? [1, output[0] as number, 1, 1] : [1, 1, output[1] as number, 1],
            strides[axis] as number,
          ),
          times(within, dilations[axis] as number),
          scalar(-(before[axis] as number), 'int32'),
        ]);
      const row = side(0, pointwise('Div', [place, scalar(columns, 'int32')]));
      const column = side(1, pointwise('Mod', [place, scalar(columns, 'int32')]));
      const image = range([batch, 1, 1, 1], height * width * inChannels);
      const targets = plus([
        times(row, width * inChannels),
        times(column, inChannels),
        image,
        range([1, 1, 1, inChannels], 1),
      ]);
      return backend.make(scatter(backend.plain(dy), targets, x.shape));
    },
  ),
  kernel<GradientInputs, DilationAttributes>(
    tf.Dilation2DBackpropFilter,
    (backend, { x, filter, dy }, attributes) => {
      const place = winners(dilate(backend, x, filter, attributes));
      const channels = x.shape[3] as number;
      const targets = plus([times(place, channels), range([1, 1, 1, channels], 1)]);
      return backend.make(scatter(backend.plain(dy), targets, filter.shape));
    },
  ),
];
