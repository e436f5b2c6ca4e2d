import { type Node, sizeOf } from '../graph/value.js';
import {
  attribute,
  copyStrided,
  input,
  inputValue,
  numbers,
  output,
  outputValue,
  stridesOf,
} from './array.js';

/** The operand itself. */
function share(node: Node): void {
  outputValue(node).host = input(node, 0);
}

function copy(node: Node, start: number, strides: readonly number[]): void {
  const [x, y, { shape }] = [input(node, 0), output(node), outputValue(node)];
  copyStrided(shape, x, start, strides, y, 0, stridesOf(shape));
}

function transpose(node: Node): void {
  const strides = stridesOf(inputValue(node, 0).shape);
  const { perm } = node.signature.attributes;
  const order = Array.isArray(perm) ? perm : strides.map((_, axis) => strides.length - 1 - axis);
  copy(
    node,
    0,
    order.map((axis: number) => strides[axis] as number),
  );
}

function expand(node: Node): void {
  const { shape } = inputValue(node, 0);
  const result = outputValue(node).shape;
  if (sizeOf(shape) === 1) {
    output(node).fill(input(node, 0)[0] as number);
    return;
  }
  const own = stridesOf(shape);
  const offset = result.length - shape.length;
  copy(
    node,
    0,
    result.map((_, axis) => (axis < offset || shape[axis - offset] === 1 ? 0 : (own[axis - offset] ?? 0))),
  );
}

function slice(node: Node): void {
  const { shape } = inputValue(node, 0);
  const strides = stridesOf(shape);
  const [starts, axes, steps] = [input(node, 1), numbers(node, 3), numbers(node, 4)];
  let start = 0;
  for (let i = 0; i < starts.length; i++) {
    const axis = axes === undefined ? i : (axes[i] as number);
    const from = starts[i] as number;
    start += (from < 0 ? from + (shape[axis] as number) : from) * (strides[axis] as number);
    strides[axis] = (strides[axis] as number) * (steps === undefined ? 1 : (steps[i] as number));
  }
  copy(node, start, strides);
}

/** The product of the sizes from an axis on. */
const sizeFrom = (shape: readonly number[], axis: number): number => sizeOf(shape.slice(axis));

const axisOf = (node: Node, rank: number): number => {
  const axis = attribute(node, 'axis', 0);
  return axis < 0 ? axis + rank : axis;
};

function concat(node: Node): void {
  const { shape } = outputValue(node);
  const axis = axisOf(node, shape.length);
  const [y, row] = [output(node), sizeFrom(shape, axis)];
  let offset = 0;
  node.inputs.forEach((_, part) => {
    const x = input(node, part);
    const length = sizeFrom(inputValue(node, part).shape, axis);
    for (let from = 0, to = offset; from < x.length; from += length, to += row)
      for (let i = 0; i < length; i++) y[to + i] = x[from + i] as number;
    offset += length;
  });
}

function split(node: Node): void {
  const { shape } = inputValue(node, 0);
  const axis = axisOf(node, shape.length);
  const [x, row] = [input(node, 0), sizeFrom(shape, axis)];
  let offset = 0;
  node.outputs.forEach((value, part) => {
    const y = output(node, part);
    const length = sizeFrom(value.shape, axis);
    for (let from = offset, to = 0; to < y.length; from += row, to += length)
      for (let i = 0; i < length; i++) y[to + i] = x[from + i] as number;
    offset += length;
  });
}

function pad(node: Node): void {
  const [{ shape }, result] = [inputValue(node, 0), outputValue(node).shape];
  const [x, y, pads, fill] = [input(node, 0), output(node), input(node, 1), numbers(node, 2)];
  y.fill(fill?.[0] ?? 0);
  const own = stridesOf(result);
  let start = 0;
  result.forEach((_, axis) => {
    start += (pads[axis] as number) * (own[axis] as number);
  });
  // A negative pad cuts elements off.
  const rank = shape.length;
  const cut = shape.map((_, axis) => Math.max(0, -(pads[axis] as number)));
  const kept = shape.map(
    (size, axis) => size - (cut[axis] as number) - Math.max(0, -(pads[rank + axis] as number)),
  );
  const strides = stridesOf(shape);
  let from = 0;
  strides.forEach((stride, axis) => {
    from += (cut[axis] as number) * stride;
    start += (cut[axis] as number) * (own[axis] as number);
  });
  if (kept.every((size) => size > 0)) copyStrided(kept, x, from, strides, y, start, own);
}

function gather(node: Node): void {
  const { shape } = inputValue(node, 0);
  const axis = axisOf(node, shape.length);
  const [x, chosen, y] = [input(node, 0), input(node, 1), output(node)];
  const [size, inner] = [shape[axis] as number, sizeFrom(shape, axis + 1)];
  let to = 0;
  for (let outer = 0; outer < x.length; outer += size * inner) {
    for (const index of chosen) {
      if (index < -size || index >= size)
        throw new RangeError(
          `indices element out of data bounds, idx=${index} must be within [${-size}, ${size - 1}]`,
        );
      const from = outer + (index < 0 ? index + size : index) * inner;
      for (let i = 0; i < inner; i++) y[to++] = x[from + i] as number;
    }
  }
}

export const LAYOUT: Readonly<Record<string, (node: Node) => void>> = {
  Reshape: share,
  Identity: share,
  Transpose: transpose,
  Expand: expand,
  Slice: slice,
  Concat: concat,
  Split: split,
  Pad: pad,
  Gather: gather,
};
