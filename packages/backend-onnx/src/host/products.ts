import { type Node, sizeOf } from '../graph/value.js';
import { attribute, type HostArray, input, inputValue, output, outputValue } from './array.js';

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
  const [rows, columns] = shape.slice(-2) as [number, number];
  return { rows, columns, inner: a[a.length - (transA ? 2 : 1)] as number, transA, transB };
}

/** Multiplications of a product of matrices. */
export const multiplications = (node: Node): number => sizeOf(outputValue(node).shape) * sizes(node).inner;

/** A product of matrices without broadcasting: two matrices, or batches of the same size. */
export const isPlainProduct = (node: Node): boolean => {
  const [a, b] = [inputValue(node, 0).shape, inputValue(node, 1).shape];
  if (a.length < 2 || b.length < 2) return false;
  const [batchA, batchB] = [sizeOf(a.slice(0, -2)), sizeOf(b.slice(0, -2))];
  return batchA === batchB || batchB === 1;
};

/** Adds up products of four rows of b at a time, which loads and stores the sums less often. */
function addRows(
  a: HostArray,
  b: HostArray,
  sums: Float64Array,
  { fromA, stepA, fromB, inner, columns }: Record<'fromA' | 'stepA' | 'fromB' | 'inner' | 'columns', number>,
): void {
  const whole = inner - (inner % 4);
  for (let k = 0; k < whole; k += 4) {
    const place = fromA + k * stepA;
    const a0 = a[place] as number;
    const a1 = a[place + stepA] as number;
    const a2 = a[place + 2 * stepA] as number;
    const a3 = a[place + 3 * stepA] as number;
    const row = fromB + k * columns;
    for (let column = 0; column < columns; column++) {
      const at = row + column;
      sums[column] =
        (sums[column] as number) +
        a0 * (b[at] as number) +
        a1 * (b[at + columns] as number) +
        a2 * (b[at + 2 * columns] as number) +
        a3 * (b[at + 3 * columns] as number);
    }
  }
  for (let k = whole; k < inner; k++) {
    const factor = a[fromA + k * stepA] as number;
    const row = fromB + k * columns;
    for (let column = 0; column < columns; column++)
      sums[column] = (sums[column] as number) + factor * (b[row + column] as number);
  }
}

/** The sum of products of two lines of elements. */
function dot(a: HostArray, b: HostArray, from: number, step: number, fromB: number, inner: number): number {
  let sum = 0;
  for (let k = 0; k < inner; k++) sum += (a[from + k * step] as number) * (b[fromB + k] as number);
  return sum;
}

function intDot(
  a: HostArray,
  b: HostArray,
  from: number,
  stepA: number,
  fromB: number,
  stepB: number,
  inner: number,
): number {
  let sum = 0;
  for (let k = 0; k < inner; k++)
    sum = (sum + Math.imul(a[from + k * stepA] as number, b[fromB + k * stepB] as number)) | 0;
  return sum;
}

let sums = new Float64Array(0);

/** Products are added up in doubles; those of integers wrap around. */
export function matMul(node: Node): void {
  const { rows, columns, inner, transA, transB } = sizes(node);
  const [a, b, y] = [input(node, 0), input(node, 1), output(node)];
  const ints = outputValue(node).dtype === 'int32';
  const many = b.length > inner * columns;
  if (sums.length < columns) sums = new Float64Array(columns);
  const stepA = transA ? rows : 1;
  for (let start = 0, batch = 0; start < y.length; start += rows * columns, batch++) {
    const fromB = many ? batch * inner * columns : 0;
    for (let row = 0; row < rows; row++) {
      const fromA = batch * rows * inner + (transA ? row : row * inner);
      const to = start + row * columns;
      if (ints) {
        const [nextB, stepB] = transB ? [inner, 1] : [1, columns];
        for (let column = 0; column < columns; column++)
          y[to + column] = intDot(a, b, fromA, stepA, fromB + column * nextB, stepB, inner);
      } else if (transB) {
        for (let column = 0; column < columns; column++)
          y[to + column] = dot(a, b, fromA, stepA, fromB + column * inner, inner);
      } else {
        sums.fill(0, 0, columns);
        addRows(a, b, sums, { fromA, stepA, fromB, inner, columns });
        for (let column = 0; column < columns; column++) y[to + column] = sums[column] as number;
      }
    }
  }
}
