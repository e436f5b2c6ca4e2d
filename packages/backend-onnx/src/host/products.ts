import { type Node, sizeOf } from '../graph/value.js';
import { attribute, type HostArray, input, inputValue, output, outputValue } from './array.js';
import { COLUMN_BLOCK, type Simd, simdProducts } from './simd.js';

interface Sizes {
  rows: number;
  columns: number;
  inner: number;
  transA: boolean;
  transB: boolean;
}

function sizes(node: Node): Sizes {
  const [transA, transB] = [attribute(node, 'transA', 0) === 1, attribute(node, 'transB', 0) === 1];
  const { shape: a } = inputValue(node, 0);
  const { shape } = outputValue(node);
  const rows = shape[shape.length - 2] as number;
  const columns = shape[shape.length - 1] as number;
  return { rows, columns, inner: a[a.length - (transA ? 2 : 1)] as number, transA, transB };
}

/** Multiplications of a product of matrices. */
export const multiplications = (node: Node): number => sizeOf(outputValue(node).shape) * sizes(node).inner;

/** A product of matrices without broadcasting: two matrices, or batches of the same size. */
export const isPlainProduct = (node: Node): boolean => {
  const [a, b] = [inputValue(node, 0).shape, inputValue(node, 1).shape];
  if (a.length < 2 || b.length < 2) return false;
  const [batchA, batchB] = [sizeOf(a) / lastTwo(a), sizeOf(b) / lastTwo(b)];
  return batchA === batchB || batchB === 1;
};

const lastTwo = (shape: readonly number[]): number =>
  (shape[shape.length - 1] as number) * (shape[shape.length - 2] as number);

// From this length on, the engine's own copy is faster than a loop.
const LONG_COPY = 256;

/** Copies rows of `columns` elements whose starts are `stepX` and `stepY` apart. */
export function copyRows(
  x: HostArray,
  fromX: number,
  stepX: number,
  y: HostArray,
  fromY: number,
  stepY: number,
  rows: number,
  columns: number,
): void {
  const total = rows * columns;
  if (stepX === columns && stepY === columns && total >= LONG_COPY) {
    y.set(fromX === 0 && x.length === total ? x : x.subarray(fromX, fromX + total), fromY);
    return;
  }
  for (let row = 0, p = fromX, q = fromY; row < rows; row++, p += stepX, q += stepY)
    for (let i = 0; i < columns; i++) y[q + i] = x[p + i] as number;
}

/** Copies a matrix of `columns` × `rows` elements as its transpose. */
function copyTransposed(
  x: HostArray,
  fromX: number,
  y: HostArray,
  fromY: number,
  stepY: number,
  rows: number,
  columns: number,
): void {
  for (let column = 0, p = fromX; column < columns; column++, p += rows)
    for (let row = 0, q = fromY + column; row < rows; row++, q += stepY) y[q] = x[p + row] as number;
}

export const paddedColumns = (columns: number): number => Math.ceil(columns / COLUMN_BLOCK) * COLUMN_BLOCK;

/** A right operand in the memory of {@link Simd}, where later products of the same graph find it. */
interface Placed {
  array: HostArray;
  from: number;
  inner: number;
  columns: number;
  transposed: boolean;
  at: number;
}

const MOST_PLACED = 16;
// Operands that are longer stay where the next product may overwrite them.
const PLACED_FLOATS = 2 ** 22;

let placed: Placed[] = [];
let placedFloats = 0;

/** Forgets the operands of the graph that was computed. */
export function forgetOperands(): void {
  if (placed.length > 0) placed = [];
  placedFloats = 0;
}

/** Where the matrix of `inner` × `columns` elements from `from` on lies in memory, with room for `floats` after it. */
function placeRight(
  simd: Simd,
  array: HostArray,
  from: number,
  { inner, columns, transB }: Sizes,
  floats: number,
): { at: number; free: number } {
  const padded = paddedColumns(columns);
  const known = placed.find(
    (one) =>
      one.array === array &&
      one.from === from &&
      one.inner === inner &&
      one.columns === columns &&
      one.transposed === transB,
  );
  if (known !== undefined) {
    simd.floats(placedFloats + floats);
    return { at: known.at, free: placedFloats };
  }
  const at = placedFloats;
  const end = at + inner * padded;
  const memory = simd.floats(end + floats);
  if (transB) copyTransposed(array, from, memory, at, padded, inner, columns);
  else copyRows(array, from, columns, memory, at, padded, inner, columns);
  if (placed.length < MOST_PLACED && end <= PLACED_FLOATS) {
    placed.push({ array, from, inner, columns, transposed: transB, at });
    placedFloats = end;
  }
  return { at, free: end };
}

/** Memory of {@link Simd} for operands that are used once: behind those that stay. */
export const freeFloats = (): number => placedFloats;

function multiplyFloats(
  a: HostArray,
  fromA: number,
  b: HostArray,
  fromB: number,
  y: HostArray,
  fromY: number,
  size: Sizes,
): void {
  const { rows, columns, inner, transA } = size;
  const padded = paddedColumns(columns);
  const simd = simdProducts();
  const { at, free } = placeRight(simd, b, fromB, size, rows * (inner + padded));
  const memory = simd.floats(0);
  const result = free + rows * inner;
  if (transA) copyTransposed(a, fromA, memory, free, inner, rows, inner);
  else copyRows(a, fromA, inner, memory, free, inner, rows, inner);
  simd.product(free, at, result, rows, inner, padded);
  copyRows(memory, result, padded, y, fromY, columns, rows, columns);
}

/** Columns from which vectors of {@link COLUMN_BLOCK} elements are worth their padding. */
const WIDE = 4;

/** Whether a product is computed by vectors. */
export const isVectorProduct = (node: Node): boolean => {
  const { dtype, shape } = outputValue(node);
  return dtype === 'float32' && (shape[shape.length - 1] as number) >= WIDE;
};

/** The sum of products of two lines of elements, in doubles. */
function dot(
  a: HostArray,
  from: number,
  stepA: number,
  b: HostArray,
  fromB: number,
  stepB: number,
  inner: number,
): number {
  let sum = 0;
  for (let k = 0, p = from, q = fromB; k < inner; k++, p += stepA, q += stepB)
    sum += (a[p] as number) * (b[q] as number);
  return sum;
}

function intDot(
  a: HostArray,
  from: number,
  stepA: number,
  b: HostArray,
  fromB: number,
  stepB: number,
  inner: number,
): number {
  let sum = 0;
  for (let k = 0, p = from, q = fromB; k < inner; k++, p += stepA, q += stepB)
    sum = (sum + Math.imul(a[p] as number, b[q] as number)) | 0;
  return sum;
}

/** Products of floats are added up as floats, in narrow results as doubles; those of integers wrap around. */
export function matMul(node: Node): void {
  const size = sizes(node);
  const { rows, columns, inner, transA, transB } = size;
  const [a, b, y] = [input(node, 0), input(node, 1), output(node)];
  const vectors = isVectorProduct(node);
  const many = b.length > inner * columns;
  const line = outputValue(node).dtype === 'int32' ? intDot : dot;
  for (let start = 0, batch = 0; start < y.length; start += rows * columns, batch++) {
    const [fromA, fromB] = [batch * rows * inner, many ? batch * inner * columns : 0];
    if (vectors) {
      multiplyFloats(a, fromA, b, fromB, y, start, size);
      continue;
    }
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        y[start + row * columns + column] = line(
          a,
          fromA + (transA ? row : row * inner),
          transA ? rows : 1,
          b,
          fromB + (transB ? column * inner : column),
          transB ? 1 : columns,
          inner,
        );
  }
}
