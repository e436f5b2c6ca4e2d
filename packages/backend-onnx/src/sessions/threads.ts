import type { Plan } from '../graph/plan.js';
import { type Node, sizeOf } from '../graph/value.js';

// Work from which an operator gains from a second thread, which takes some 10 µs to wake up.
const MULTIPLICATIONS = 2 ** 22;
const ELEMENTS = 2 ** 17;

const sizeOfInput = ({ inputs }: Node, index: number): number => sizeOf(inputs[index]?.shape ?? []);

/** Operators that multiply more often than they have elements: how often for each element of the result. */
const PRODUCTS: Record<string, (node: Node) => number> = {
  MatMul: ({ inputs }) => inputs[0]?.shape.at(-1) ?? 1,
  FusedMatMul: ({ inputs, signature }) =>
    inputs[0]?.shape.at(signature.attributes.transA === 1 ? -2 : -1) ?? 1,
  MatMulIntegerToFloat: ({ inputs }) => inputs[0]?.shape.at(-1) ?? 1,
  Conv: (node) => sizeOfInput(node, 1) / (node.inputs[1]?.shape[0] ?? 1),
  ConvTranspose: (node) => sizeOfInput(node, 1),
  MultiHeadAttention: ({ inputs }) => 2 * (inputs[1]?.shape[1] ?? 1),
  Einsum: () => Infinity,
};

function isLight(node: Node): boolean {
  const [output] = node.outputs;
  const size = sizeOf(output?.shape ?? []);
  const times = PRODUCTS[node.signature.op]?.(node);
  return times === undefined
    ? Math.max(size, sizeOfInput(node, 0)) < ELEMENTS
    : size * times < MULTIPLICATIONS;
}

/** Whether no operator of a graph gains from a second thread. */
export const needsOneThread = ({ nodes }: Plan): boolean => nodes.every(isLight);
