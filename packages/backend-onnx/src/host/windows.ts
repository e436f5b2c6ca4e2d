import { type Node, type Shape, sizeOf } from '../graph/value.js';
import { attribute, type HostArray, input, inputValue, numbers, output, outputValue } from './array.js';
import { copyRows, freeFloats, paddedColumns } from './products.js';
import { simdProducts } from './simd.js';

/** Windows over the two sides of an image. */
interface Windows {
  /** Height and width: of the image, of the result, of a window. */
  image: readonly [number, number];
  result: readonly [number, number];
  window: readonly [number, number];
  strides: readonly [number, number];
  dilations: readonly [number, number];
  /** Padding above and to the left. */
  before: readonly [number, number];
}

type Pair = readonly [number, number];

function pair(node: Node, name: string, otherwise: Pair): Pair {
  const value = node.signature.attributes[name];
  return Array.isArray(value) ? [value[0] as number, value[1] as number] : otherwise;
}

const lastSides = (shape: Shape): Pair => [
  shape[shape.length - 2] as number,
  shape[shape.length - 1] as number,
];

const windowsOf = (node: Node, window: Pair): Windows => ({
  image: lastSides(inputValue(node, 0).shape),
  result: lastSides(outputValue(node).shape),
  window,
  strides: pair(node, 'strides', [1, 1]),
  dilations: pair(node, 'dilations', [1, 1]),
  before: pair(node, 'pads', [0, 0]),
});

/** Whether JavaScript has this case: images with two sides, and one result. */
export const isPlanar = (node: Node): boolean =>
  inputValue(node, 0).shape.length === 4 &&
  node.outputs.length === 1 &&
  inputValue(node, 0).dtype === 'float32';

/** Multiplications of a convolution. */
export const convolutionMultiplications = (node: Node): number => {
  const [outputs, ...window] = inputValue(node, 1).shape as [number, ...number[]];
  return outputs === 0 ? 0 : sizeOf(outputValue(node).shape) * sizeOf(window);
};

/** Elements that a convolution copies, and those that a pool reads. */
export const windowElements = (node: Node): number => {
  const window =
    node.signature.op === 'Conv'
      ? sizeOf(inputValue(node, 1).shape.slice(2))
      : sizeOf(pair(node, 'kernel_shape', [1, 1]));
  const [, channels] = inputValue(node, 0).shape as [number, number];
  const [batch, , ...sides] = outputValue(node).shape as [number, number, ...number[]];
  return batch * channels * sizeOf(sides) * window;
};

/** The first and the last + 1 place of a window's element along a side, for which it lies inside the image. */
function inside(size: number, places: number, stride: number, offset: number): Pair {
  const first = Math.max(0, Math.ceil(-offset / stride));
  const end = Math.min(places, Math.floor((size - 1 - offset) / stride) + 1);
  return [Math.min(first, places), Math.max(end, Math.min(first, places))];
}

/**
 * Writes one line for each element of a window: that element in all places of the window, zero outside the image. Lines are
 * `step` apart.
 */
function unfold(
  x: HostArray,
  fromX: number,
  channels: number,
  { image, result, window, strides, dilations, before }: Windows,
  y: HostArray,
  fromY: number,
  step: number,
): void {
  const [height, width] = image;
  const [rows, columns] = result;
  const [down, right] = strides;
  let line = fromY;
  for (let channel = 0; channel < channels; channel++) {
    const plane = fromX + channel * height * width;
    for (let i = 0; i < window[0]; i++) {
      const top = i * dilations[0] - before[0];
      const [firstRow, endRow] = inside(height, rows, down, top);
      for (let j = 0; j < window[1]; j++, line += step) {
        const left = j * dilations[1] - before[1];
        const [first, end] = inside(width, columns, right, left);
        if (firstRow > 0 || endRow < rows || first > 0 || end < columns)
          y.fill(0, line, line + rows * columns);
        for (let row = firstRow; row < endRow; row++) {
          const to = line + row * columns;
          let p = plane + (row * down + top) * width + left + first * right;
          for (let column = first; column < end; column++, p += right) y[to + column] = x[p] as number;
        }
      }
    }
  }
}

/** A convolution as a product: the filters by the unfolded image. */
export function convolution(node: Node): void {
  const [batch, channels, height, width] = inputValue(node, 0).shape as [number, number, number, number];
  const [filters, inner, tall, wide] = inputValue(node, 1).shape as [number, number, number, number];
  const windows = windowsOf(node, [tall, wide]);
  const [x, weights, bias, y] = [input(node, 0), input(node, 1), numbers(node, 2), output(node)];
  const groups = channels / inner;
  const rows = filters / groups;
  const lines = inner * tall * wide;
  const columns = sizeOf(windows.result);
  const padded = paddedColumns(columns);
  const simd = simdProducts();
  const at = freeFloats();
  const unfolded = at + rows * lines;
  const result = unfolded + lines * padded;
  const memory = simd.floats(result + rows * padded);
  for (let group = 0; group < groups; group++) {
    copyRows(weights, group * rows * lines, lines, memory, at, lines, rows, lines);
    for (let image = 0; image < batch; image++) {
      const from = (image * channels + group * inner) * height * width;
      unfold(x, from, inner, windows, memory, unfolded, padded);
      simd.product(at, unfolded, result, rows, lines, padded);
      for (let row = 0; row < rows; row++) {
        const filter = group * rows + row;
        const offset = bias === undefined ? 0 : (bias[filter] as number);
        const to = (image * filters + filter) * columns;
        const place = result + row * padded;
        for (let i = 0; i < columns; i++) y[to + i] = (memory[place + i] as number) + offset;
      }
    }
  }
}

/** Calls `each` for each window of each plane, with the part of it that lies inside the image. */
function pool(
  node: Node,
  each: (plane: number, width: number, top: number, bottom: number, left: number, right: number) => number,
): void {
  const { image, result, window, strides, before } = windowsOf(node, pair(node, 'kernel_shape', [1, 1]));
  const [height, width] = image;
  const y = output(node);
  let to = 0;
  for (let plane = 0; to < y.length; plane += height * width) {
    for (let row = 0; row < result[0]; row++) {
      const above = row * strides[0] - before[0];
      const [top, bottom] = [Math.max(0, above), Math.min(height, above + window[0])];
      for (let column = 0; column < result[1]; column++) {
        const beside = column * strides[1] - before[1];
        const [left, right] = [Math.max(0, beside), Math.min(width, beside + window[1])];
        y[to++] = each(plane, width, top, bottom, left, right);
      }
    }
  }
}

export function maxPool(node: Node): void {
  const x = input(node, 0);
  pool(node, (plane, width, top, bottom, left, right) => {
    let best = -Infinity;
    for (let row = top; row < bottom; row++) {
      const from = plane + row * width;
      for (let i = from + left; i < from + right; i++) best = Math.max(best, x[i] as number);
    }
    return best;
  });
}

export function averagePool(node: Node): void {
  const x = input(node, 0);
  const whole = attribute(node, 'count_include_pad', 0) === 1;
  const size = sizeOf(pair(node, 'kernel_shape', [1, 1]));
  pool(node, (plane, width, top, bottom, left, right) => {
    let sum = 0;
    for (let row = top; row < bottom; row++) {
      const from = plane + row * width;
      for (let i = from + left; i < from + right; i++) sum += x[i] as number;
    }
    return sum / (whole ? size : (bottom - top) * (right - left));
  });
}

/** x · scale + shift for each channel, from its mean and variance. */
export function batchNormalization(node: Node): void {
  const [x, scale, shift, mean, variance] = [0, 1, 2, 3, 4].map((i) => input(node, i)) as [
    HostArray,
    HostArray,
    HostArray,
    HostArray,
    HostArray,
  ];
  const y = output(node);
  const { shape } = inputValue(node, 0);
  const [channels, length] = [scale.length, sizeOf(shape.slice(2))];
  const epsilon = attribute(node, 'epsilon', 1e-5);
  for (let from = 0, plane = 0; from < x.length; from += length, plane++) {
    const channel = plane % channels;
    const factor = (scale[channel] as number) / Math.sqrt((variance[channel] as number) + epsilon);
    const offset = (shift[channel] as number) - (mean[channel] as number) * factor;
    for (let i = from; i < from + length; i++) y[i] = (x[i] as number) * factor + offset;
  }
}
