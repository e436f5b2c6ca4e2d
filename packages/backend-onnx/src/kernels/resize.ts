import * as tf from '@tensorflow/tfjs-core';
import { type OnnxBackend, reshape } from '../backend.js';
import { constant, record, type Value } from '../graph/value.js';
import { cast, kernel } from './kernel.js';

interface ResizeAttributes {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

type Method = 'bilinear' | 'nearest';

/** The [to, from] matrix that resizes one axis, with the conventions of tfjs' cpu kernels. */
function resizeMatrix(
  from: number,
  to: number,
  method: Method,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
): Value {
  const name = `resize ${method} ${from} ${to} ${alignCorners} ${halfPixelCenters}`;
  const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const matrix = Array<number>(to * from).fill(0);
  const add = (row: number, column: number, weight: number) => {
    const at = row * from + Math.min(Math.max(column, 0), from - 1);
    matrix[at] = (matrix[at] as number) + weight;
  };
  for (let row = 0; row < to; row++) {
    if (method === 'nearest') {
      const source = scale * (halfPixelCenters ? row + 0.5 : row);
      add(row, alignCorners ? Math.round(source) : Math.floor(source), 1);
    } else {
      const source = halfPixelCenters ? scale * (row + 0.5) - 0.5 : scale * row;
      const low = Math.max(0, Math.floor(source));
      const fraction = source - low;
      add(row, low, 1 - fraction);
      add(row, Math.ceil(source), fraction);
    }
  }
  return constant([to, from], 'float32', matrix, name);
}

const flip = (matrix: Value): Value => {
  const [rows, columns] = matrix.shape as [number, number];
  return record('Transpose', [matrix], [columns, rows], 'float32', { perm: [1, 0] });
};

const product = (a: Value, b: Value, shape: number[]): Value => record('MatMul', [a, b], shape, 'float32');

/** Multiplies both sides of an image by matrices [out, in]: any separable resize, and with flipped ones its gradient. */
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

const forward = (name: string, method: Method) =>
  kernel<{ images: tf.TensorInfo }, ResizeAttributes & { size: [number, number] }>(
    name,
    (backend, { images }, attributes) => {
      const [, height, width] = images.shape as [number, number, number, number];
      const [rows, columns] = attributes.size;
      return resize(
        backend,
        images,
        resizeMatrix(height, rows, method, attributes),
        resizeMatrix(width, columns, method, attributes),
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
  forward(tf.ResizeBilinear, 'bilinear'),
  forward(tf.ResizeNearestNeighbor, 'nearest'),
  gradient(tf.ResizeBilinearGrad, 'bilinear'),
  gradient(tf.ResizeNearestNeighborGrad, 'nearest'),
];
