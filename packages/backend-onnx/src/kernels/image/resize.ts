import * as tf from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../../backend.js';
import { reshape } from '../../graph/layout.js';
import { constant, integers, record, type Value } from '../../graph/value.js';
import { alongAxes, cast, kernel } from '../kernel.js';

interface ResizeAttributes {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

type Method = 'bilinear' | 'nearest';

const scaleOf = (from: number, to: number, alignCorners: boolean): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** The nearest original element of each element of a resized axis. */
function nearest(from: number, to: number, { alignCorners, halfPixelCenters }: ResizeAttributes): number[] {
  const scale = scaleOf(from, to, alignCorners);
  return Array.from({ length: to }, (_, row) => {
    const source = scale * (halfPixelCenters ? row + 0.5 : row);
    return Math.min(from - 1, alignCorners ? Math.round(source) : Math.floor(source));
  });
}

/** The [to, from] matrix that resizes one axis, with the conventions of tfjs' cpu kernels. */
function resizeMatrix(from: number, to: number, method: Method, attributes: ResizeAttributes): Value {
  const { alignCorners, halfPixelCenters } = attributes;
  const name = `resize ${method} ${from} ${to} ${alignCorners} ${halfPixelCenters}`;
  const matrix = Array<number>(to * from).fill(0);
  const add = (row: number, column: number, weight: number) => {
    const at = row * from + Math.min(column, from - 1);
    matrix[at] = (matrix[at] as number) + weight;
  };
  const places = nearest(from, to, attributes);
  const scale = scaleOf(from, to, alignCorners);
  for (let row = 0; row < to; row++) {
    if (method === 'nearest') {
      add(row, places[row] as number, 1);
    } else {
      const source = halfPixelCenters ? scale * (row + 0.5) - 0.5 : scale * row;
      const low = Math.max(0, Math.floor(source));
      const fraction = source - low;
      add(row, low, 1 - fraction);
      add(row, Math.max(0, Math.ceil(source)), fraction);
    }
  }
  return constant([to, from], 'float32', matrix, name);
}

const flip = (matrix: Value): Value => {
  const [rows, columns] = matrix.shape as [number, number];
  return record('Transpose', [matrix], [columns, rows], 'float32', { perm: [1, 0] });
};

const product = (a: Value, b: Value, shape: number[]): Value => record('MatMul', [a, b], shape, 'float32');

/** Multiplies both sides of an image by matrices [out, in]: any separable resize, and with transposed matrices its gradient. */
function resize(backend: OnnxBackend, x: tf.TensorInfo, vertical: Value, horizontal: Value): tf.TensorInfo {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = [vertical.shape[0] as number, horizontal.shape[0] as number];
  if (backend.isChannelsFirst(x)) {
    const value = cast(backend.channelsFirst(x), 'float32');
    const wide = product(value, flip(horizontal), [batch, channels, height, columns]);
    return backend.makeChannelsFirst(product(vertical, wide, [batch, channels, rows, columns]));
  }
  const value = cast(backend.plain(x), 'float32');
  const tall = product(vertical, reshape(value, [batch, height, width * channels]), [
    batch,
    rows,
    width * channels,
  ]);
  const lines = reshape(tall, [batch * rows, width, channels]);
  const result = product(horizontal, lines, [batch * rows, columns, channels]);
  return backend.make(reshape(result, [batch, rows, columns, channels]));
}

const bilinear = kernel<tf.ResizeBilinearInputs, tf.ResizeBilinearAttrs>(
  tf.ResizeBilinear,
  (backend, { images }, attributes) => {
    const [, height, width] = images.shape as [number, number, number, number];
    const [rows, columns] = attributes.size;
    return resize(
      backend,
      images,
      resizeMatrix(height, rows, 'bilinear', attributes),
      resizeMatrix(width, columns, 'bilinear', attributes),
    );
  },
);

const nearestNeighbor = kernel<tf.ResizeNearestNeighborInputs, tf.ResizeNearestNeighborAttrs>(
  tf.ResizeNearestNeighbor,
  (backend, { images }, attributes) => {
    const sizes = [1, 2].map((axis) => images.shape[axis] as number);
    return alongAxes(backend, images, (value, order) =>
      attributes.size.reduce((picked, size, i) => {
        const axis = order.indexOf(i + 1);
        const shape = picked.shape.map((other, j) => (j === axis ? size : other));
        const places = integers(nearest(sizes[i] as number, size, attributes));
        return record('Gather', [picked, places], shape, picked.dtype, { axis });
      }, value),
    );
  },
);

const gradient = (name: string, method: Method) =>
  kernel<{ images: tf.TensorInfo; dy: tf.TensorInfo }, { alignCorners: boolean }>(
    name,
    (backend, { images, dy }, attributes) => {
      const [, height, width] = images.shape as [number, number, number, number];
      const [, rows, columns] = dy.shape as [number, number, number, number];
      const convention = { alignCorners: attributes.alignCorners, halfPixelCenters: false }; // tfjs passes no other
      return resize(
        backend,
        dy,
        flip(resizeMatrix(height, rows, method, convention)),
        flip(resizeMatrix(width, columns, method, convention)),
      );
    },
  );

export const resizeKernels = [
  bilinear,
  nearestNeighbor,
  gradient(tf.ResizeBilinearGrad, 'bilinear'),
  gradient(tf.ResizeNearestNeighborGrad, 'nearest'),
];
