import { type Node, sizeOf } from '../graph/value.js';
import { attribute, input, inputValue, output, outputValue } from './array.js';

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

/** The products of whole rows of b, added up in doubles. */
export function matMul(node: Node): void {
  const { rows, columns, inner, transA, transB } = sizes(node);
  const [a, b, y] = [input(node, 0), input(node, 1), output(node)];
  const ints = outputValue(node).dtype === 'int32';
  const many = b.length > inner * columns;
  const sums = new Float64Array(columns);
  for (let start = 0, batch = 0; start < y.length; start += rows * columns, batch++) {
    const [fromA, fromB] = [batch * rows * inner, many ? batch * inner * columns : 0];
    for (let row = 0; row < rows; row++) {
      sums.fill(0);
      for (let k = 0; k < inner; k++) {
        const factor = a[fromA + (transA ? k * rows + row : row * inner + k)] as number;
        let place = fromB + (transB ? k : k * columns);
        const step = transB ? inner : 1;
        if (ints) {
          for (let column = 0; column < columns; column++, place += step)
            sums[column] = (sums[column] as number) + Math.imul(factor, b[place] as number);
        } else {
          for (let column = 0; column < columns; column++, place += step)
            sums[column] = (sums[column] as number) + factor * (b[place] as number);
        }
      }
      y.set(sums, start + row * columns);
    }
  }
}
