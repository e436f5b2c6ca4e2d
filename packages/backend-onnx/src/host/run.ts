import { type Node, sizeOf, type TypedArray, type Value } from '../graph/value.js';
import { arrayOf, outputValue } from './array.js';
import { ELEMENTWISE } from './elementwise.js';
import { LAYOUT, SHARING } from './layout.js';
import { isPlainProduct, matMul, multiplications } from './products.js';
import { REDUCTIONS } from './reductions.js';

/** An operator computed in JavaScript. */
interface Operator {
  run: (node: Node) => void;
  /** Nanoseconds it takes, roughly; infinite for a case that is left to ONNX Runtime. */
  cost: (node: Node) => number;
}

// Nanoseconds, measured on a machine of 2024 and rounded.
const PER_QUICK_ELEMENT = 4;
const PER_SLOW_ELEMENT = 20;
const PER_MULTIPLICATION = 1.2;
const PER_OPERATOR = 250;
// What ONNX Runtime takes for a graph, with what we need to call it, before it computes anything.
const RUNTIME_PER_CALL = 25_000;
const RUNTIME_PER_OPERATOR = 2_000;

const elementsOf = (node: Node): number => {
  const [first] = node.inputs;
  return Math.max(first === undefined ? 0 : sizeOf(first.shape), sizeOf(outputValue(node).shape));
};

const each = (runs: Readonly<Record<string, Operator['run']>>, perElement: number): [string, Operator][] =>
  Object.entries(runs).map(([op, run]) => [op, { run, cost: (node) => perElement * elementsOf(node) }]);

const product: Operator = {
  run: matMul,
  cost: (node) => (isPlainProduct(node) ? PER_MULTIPLICATION * multiplications(node) : Infinity),
};

const OPERATORS = new Map<string, Operator>([
  ...each(ELEMENTWISE.quick, PER_QUICK_ELEMENT),
  ...each(ELEMENTWISE.slow, PER_SLOW_ELEMENT),
  ...each(LAYOUT, PER_QUICK_ELEMENT),
  ...each(REDUCTIONS, PER_SLOW_ELEMENT),
  ['MatMul', product],
  ['FusedMatMul', product],
]);

/**
 * Whether a graph is computed sooner in JavaScript than ONNX Runtime is called. It depends on the graph alone, so a program
 * gives the same numbers in each run.
 */
export function isSmall(nodes: readonly Node[]): boolean {
  const most = RUNTIME_PER_CALL + nodes.length * (RUNTIME_PER_OPERATOR - PER_OPERATOR);
  let cost = 0;
  for (const node of nodes) {
    cost += OPERATORS.get(node.signature.op)?.cost(node) ?? Infinity;
    if (cost > most) return false;
  }
  return true;
}

/** Computes the operators of a graph, in order. Returns new arrays with the elements of `outputs`. */
export function runInJavaScript(nodes: readonly Node[], outputs: readonly Value[]): TypedArray[] {
  try {
    for (const node of nodes) OPERATORS.get(node.signature.op)?.run(node);
    return outputs.map((value) => {
      const array = arrayOf(value);
      return value.node !== undefined && SHARING.has(value.node.signature.op) ? array.slice() : array;
    });
  } finally {
    for (const node of nodes) for (const value of node.outputs) value.host = undefined;
  }
}
