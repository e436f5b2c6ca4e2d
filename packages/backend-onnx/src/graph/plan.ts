import type { GraphDefinition } from './model-proto.js';
import type { Dtype, Node, Value } from './value.js';

/** The recorded operators that some wanted values need, in order, and what tells this graph from others. */
export interface Plan {
  readonly nodes: readonly Node[];
  /** Known values, in order of first use: the inputs of the graph. */
  readonly feeds: readonly Value[];
  /** Values used by the graph that are part of its structure. */
  readonly constants: readonly Value[];
  readonly outputs: readonly Value[];
  /** Operators, wiring, shapes and types, as numbers: equal keys mean the same graph. */
  readonly key: Int32Array;
  readonly hash: number;
}

const DTYPE_CODE: Record<Dtype, number> = { float32: 1, int32: 2, bool: 3, int64: 4, float64: 5 };

let stamp = 0;

function neededNodes(outputs: readonly Value[]): Node[] {
  const nodes: Node[] = [];
  const stack: Node[] = [];
  const visit = (value: Value | undefined): void => {
    const node = value?.node;
    if (node === undefined || node.stamp === stamp) return;
    node.stamp = stamp;
    nodes.push(node);
    stack.push(node);
  };
  for (const output of outputs) visit(output);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const input of node.inputs) visit(input);
  }
  // Recording order is a topological order, and the same for every run of the same program.
  return nodes.sort((a, b) => a.id - b.id);
}

/** Numbers the graph that computes `outputs` (each lazy, no value twice). */
export function makePlan(outputs: readonly Value[]): Plan {
  stamp++;
  const nodes = neededNodes(outputs);
  const feeds: Value[] = [];
  const constants: Value[] = [];
  const key: number[] = [];
  let slots = 0;
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (input === undefined || input.stamp === stamp) continue;
      input.stamp = stamp;
      if (input.constant > 0) {
        constants.push(input);
        input.slot = -input.constant;
      } else {
        feeds.push(input);
        input.slot = slots++;
        key.push(DTYPE_CODE[input.dtype], input.shape.length, ...input.shape);
      }
    }
    key.push(-node.signature.id, node.inputs.length);
    for (const input of node.inputs) key.push(input === undefined ? 1 << 30 : input.slot);
    for (const output of node.outputs) {
      output.stamp = stamp;
      output.slot = slots++;
    }
  }
  key.push(0);
  for (const output of outputs) key.push(output.slot);
  let hash = 0x811c9dc5;
  for (const number of key) hash = Math.imul(hash ^ number, 0x01000193);
  return { nodes, feeds, constants, outputs, key: Int32Array.from(key), hash };
}

export const nameOf = (value: Value): string => (value.slot < 0 ? `c${-value.slot}` : `v${value.slot}`);

/** The ONNX graph of a plan; the feeds in `fixed` become part of it. */
export function graphOf(plan: Plan, fixed: ReadonlySet<number>): GraphDefinition {
  const describe = (value: Value) => ({ name: nameOf(value), dtype: value.dtype, shape: value.shape });
  const withArray = (value: Value) => {
    if (value.data === undefined) throw new Error(`${nameOf(value)} has no data`);
    return { ...describe(value), array: value.data.array };
  };
  return {
    nodes: plan.nodes.map((node) => ({
      signature: node.signature,
      inputs: node.inputs.map((input) => (input === undefined ? '' : nameOf(input))),
      outputs: node.outputs.map(nameOf),
    })),
    inputs: plan.feeds.filter((_, i) => !fixed.has(i)).map(describe),
    outputs: plan.outputs.map(describe),
    initializers: [...plan.constants, ...plan.feeds.filter((_, i) => fixed.has(i))].map(withArray),
  };
}
