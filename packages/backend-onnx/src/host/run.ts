import { type Node, sizeOf, type TypedArray, type Value } from '../graph/value.js';
import { arrayOf, outputValue, scratch } from './array.js';
import { ELEMENTWISE } from './elementwise.js';
import { LAYOUT } from './layout.js';
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

/** Operators that compute a graph in JavaScript, one for each of its nodes. */
export type SmallGraph = readonly Operator[];

/**
 * What computes a graph in JavaScript, if that takes less time than to call ONNX Runtime. It depends on the graph alone, so
 * a program gives the same numbers in each run.
 */
export function smallGraph(nodes: readonly Node[]): SmallGraph | undefined {
  const most = RUNTIME_PER_CALL + nodes.length * (RUNTIME_PER_OPERATOR - PER_OPERATOR);
  const operators: Operator[] = [];
  let cost = 0;
  for (const node of nodes) {
    const operator = OPERATORS.get(node.signature.op);
    if (operator === undefined) return undefined;
    cost += operator.cost(node);
    if (cost > most) return undefined;
    operators.push(operator);
  }
  return operators;
}

/** Computes the nodes of a graph, in order. Returns new arrays with the elements of `outputs`. */
export function runInJavaScript(
  graph: SmallGraph,
  nodes: readonly Node[],
  outputs: readonly Value[],
): TypedArray[] {
  try {
    for (const [i, { run }] of graph.entries()) run(nodes[i] as Node);
    return outputs.map((value) => arrayOf(value).slice());
  } finally {
    scratch.release();
    for (const node of nodes) for (const value of node.outputs) value.host = undefined;
  }
}
