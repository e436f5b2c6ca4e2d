import { type Node, sizeOf, type TypedArray, type Value } from '../graph/value.js';
import { onnxOptions } from '../options.js';
import { arrayOf, outputValue, scratch } from './array.js';
import { ELEMENTWISE } from './elementwise.js';
import { LAYOUT } from './layout.js';
import { forgetOperands, isPlainProduct, isVectorProduct, matMul, multiplications } from './products.js';
import { REDUCTIONS } from './reductions.js';
import {
  averagePool,
  batchNormalization,
  convolution,
  convolutionMultiplications,
  isPlanar,
  maxPool,
  windowElements,
} from './windows.js';

/** An operator computed in JavaScript. */
interface Operator {
  run: (node: Node) => void;
  /** Nanoseconds it takes, roughly; infinite for a case that is left to ONNX Runtime. */
  cost: (node: Node) => number;
}

// Nanoseconds, measured on a machine of 2025 and rounded.
const PER_QUICK_ELEMENT = 1.5;
const PER_SLOW_ELEMENT = 15;
const PER_MULTIPLICATION = 0.06;
// What is multiplied is copied before.
const PER_COPIED_ELEMENT = 0.4;
const PER_INTEGER_MULTIPLICATION = 1.2;
const PER_OPERATOR = 250;
// What ONNX Runtime takes for a graph, with what we need to call it, before it computes anything.
const RUNTIME_PER_CALL = 25_000;
const RUNTIME_PER_OPERATOR = 2_000;

const sizeOfInput = (node: Node, index: number): number => {
  const value = node.inputs[index];
  return value === undefined ? 0 : sizeOf(value.shape);
};

const elementsOf = (node: Node): number => Math.max(sizeOfInput(node, 0), sizeOf(outputValue(node).shape));

const each = (runs: Readonly<Record<string, Operator['run']>>, perElement: number): [string, Operator][] =>
  Object.entries(runs).map(([op, run]) => [op, { run, cost: (node) => perElement * elementsOf(node) }]);

function productCost(node: Node): number {
  if (!isPlainProduct(node)) return Infinity;
  const copied = sizeOfInput(node, 0) + sizeOfInput(node, 1) + sizeOf(outputValue(node).shape);
  const perMultiplication = isVectorProduct(node) ? PER_MULTIPLICATION : PER_INTEGER_MULTIPLICATION;
  return perMultiplication * multiplications(node) + PER_COPIED_ELEMENT * copied;
}

const product: Operator = { run: matMul, cost: productCost };

const planar = (run: Operator['run'], cost: Operator['cost']): Operator => ({
  run,
  cost: (node) => (isPlanar(node) ? cost(node) : Infinity),
});

const pooling = (run: Operator['run']): Operator =>
  planar(run, (node) => PER_QUICK_ELEMENT * (windowElements(node) + 4 * sizeOf(outputValue(node).shape)));

const OPERATORS = new Map<string, Operator>([
  ...each(ELEMENTWISE.quick, PER_QUICK_ELEMENT),
  ...each(ELEMENTWISE.slow, PER_SLOW_ELEMENT),
  ...each(LAYOUT, PER_QUICK_ELEMENT),
  ...each(REDUCTIONS.quick, PER_QUICK_ELEMENT),
  ...each(REDUCTIONS.slow, PER_SLOW_ELEMENT),
  ['MatMul', product],
  ['FusedMatMul', product],
  [
    'Conv',
    planar(
      convolution,
      (node) =>
        PER_MULTIPLICATION * convolutionMultiplications(node) +
        PER_COPIED_ELEMENT * (windowElements(node) + sizeOf(outputValue(node).shape)),
    ),
  ],
  ['MaxPool', pooling(maxPool)],
  ['AveragePool', pooling(averagePool)],
  ['BatchNormalization', { run: batchNormalization, cost: (node) => PER_QUICK_ELEMENT * elementsOf(node) }],
]);

/** Operators that compute a graph in JavaScript, one for each of its nodes. */
export type SmallGraph = readonly Operator[];

/**
 * What computes a graph in JavaScript, if that is wanted and takes less time than to call ONNX Runtime. Another provider, or
 * a profile, is asked for explicitly. Apart from that it depends on the graph alone, so a program gives the same numbers in
 * each run.
 */
export function smallGraph(nodes: readonly Node[]): SmallGraph | undefined {
  const { smallGraphs, provider, profile } = onnxOptions();
  if (smallGraphs !== 'javascript' || provider !== 'cpu' || profile !== undefined) return undefined;
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
    for (let i = 0; i < nodes.length; i++) (graph[i] as Operator).run(nodes[i] as Node);
    return outputs.map((value) => arrayOf(value).slice());
  } finally {
    scratch.release();
    forgetOperands();
    for (const node of nodes) for (const value of node.outputs) value.host = undefined;
  }
}
