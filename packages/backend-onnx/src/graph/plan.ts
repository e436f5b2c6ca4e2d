import type { GraphDefinition } from './model-proto.js';
import type { Dtype, Node, Value } from './value.js';

/** The recorded operators that some values need, in order, and what distinguishes this graph from other graphs. */
export interface Plan {
  readonly nodes: readonly Node[];
  /** Known values, in order of first use: the inputs of the graph. */
  readonly feeds: readonly Value[];
  /** Values that are part of the graph, once for each time an operator takes one, in that order. */
  readonly constants: readonly Value[];
  readonly outputs: readonly Value[];
  /** The structure, as numbers: operators, wiring, types and ranks. */
  readonly key: Int32Array;
  readonly hash: number;
  /** What differs between graphs of one structure: the sizes of all feeds, then the ids of `constants`. */
  readonly numbers: Int32Array;
}

const DTYPE_CODE: Record<Dtype, number> = {
  float32: 1,
  int32: 2,
  bool: 3,
  int64: 4,
  float64: 5,
  int8: 6,
  uint8: 7,
};
const LEFT_OUT = 1 << 30;

let stamp = 0;

/** The recorded operators that some values need, in order. */
export function neededNodes(outputs: readonly Value[]): Node[] {
  stamp++;
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
  return inOrder(nodes);
}

/** Nodes in recording order, which is a topological order, and the same for every run of the same program. */
function inOrder(nodes: Node[]): Node[] {
  let [first, last] = [Infinity, 0];
  for (const { id } of nodes) {
    first = Math.min(first, id);
    last = Math.max(last, id);
  }
  // Few numbers are missing between those of a graph that was just recorded.
  if (last - first > 4 * nodes.length) return nodes.sort((a, b) => a.id - b.id);
  const places = Array<Node | undefined>(last - first + 1).fill(undefined);
  for (const node of nodes) places[node.id - first] = node;
  return places.filter((node) => node !== undefined);
}

/** Numbers the graph of `nodes` that computes `outputs` (each lazy, no value twice). */
export function makePlan(nodes: readonly Node[], outputs: readonly Value[]): Plan {
  stamp++;
  const feeds: Value[] = [];
  const constants: Value[] = [];
  const key: number[] = [];
  const sizes: number[] = [];
  let slots = 0;
  for (const node of nodes) {
    key.push(-node.signature.id, node.inputs.length);
    for (const input of node.inputs) {
      if (input === undefined) {
        key.push(LEFT_OUT);
      } else if (input.constant > 0) {
        constants.push(input);
        input.slot = -input.constant;
        key.push(-DTYPE_CODE[input.dtype], input.shape.length);
        // The length of a vector of sizes is the rank of the operator's result.
        if (input.dtype === 'int64') key.push(...input.shape);
      } else {
        if (input.stamp !== stamp) {
          input.stamp = stamp;
          feeds.push(input);
          input.slot = slots++;
          key.push(LEFT_OUT - 1, DTYPE_CODE[input.dtype], input.shape.length);
          // What is built in distinguishes the graphs of one program for two models.
          if (input.data?.frozen) key.push(LEFT_OUT - 2, input.data.id, ...input.shape);
          sizes.push(...input.shape);
        }
        key.push(input.slot);
      }
    }
    for (const output of node.outputs) {
      output.stamp = stamp;
      output.slot = slots++;
    }
  }
  key.push(0);
  for (const output of outputs) key.push(output.slot);
  let hash = 0x811c9dc5;
  for (const number of key) hash = Math.imul(hash ^ number, 0x01000193);
  for (const { constant } of constants) sizes.push(constant);
  const numbers = new Int32Array(sizes);
  return { nodes, feeds, constants, outputs, key: new Int32Array(key), hash, numbers };
}

/** Numbers the graph that computes `outputs` (each lazy, no value twice). */
export const planOf = (outputs: readonly Value[]): Plan => makePlan(neededNodes(outputs), outputs);

/** The name of a plan's operator in its graph. */
export const nodeName = (index: number): string => `${index}`;

/** The feeds that never change, by their numbers. */
export const frozenFeeds = ({ feeds }: Plan): number[] =>
  feeds.flatMap(({ data }, i) => (data?.frozen ? [i] : []));

/** Keeps the arrays of a graph that outlives the next run from being overwritten by later results. */
export function keepInputs({ feeds }: Plan): void {
  for (const { data } of feeds) if (data !== undefined) data.reusable = false;
}

const names: string[] = [];

/** The name of a value that is no constant. */
function nameOfSlot(slot: number): string {
  let name = names[slot];
  if (name === undefined) {
    name = `v${slot}`;
    names[slot] = name; // to make the same name again takes longer than to look it up
  }
  return name;
}

export const nameOf = (value: Value): string => (value.slot < 0 ? `c${-value.slot}` : nameOfSlot(value.slot));

/** Marks the `numbers` that may change from run to run of one compiled graph. */
export type Varying = Uint8Array;

/** The constants that vary, with the names under which the graph of {@link graphOf} takes them as inputs. */
export function varyingConstants({ constants, numbers }: Plan, varying: Varying): [string, Value][] {
  const offset = numbers.length - constants.length;
  return constants.flatMap((value, use) => (varying[offset + use] === 1 ? [[`n${use}`, value]] : []));
}

/**
 * The ONNX graph of a plan. The feeds in `fixed` become part of it; sizes and constants that are `varying` are left
 * open, the constants as inputs of their own.
 */
export function graphOf(
  plan: Plan,
  fixed: ReadonlySet<number>,
  varying: Varying | undefined,
): GraphDefinition {
  const describe = (value: Value) => ({ name: nameOf(value), dtype: value.dtype, shape: value.shape });
  const withArray = (value: Value) => {
    if (value.data === undefined) throw new Error(`${nameOf(value)} has no data`);
    return { ...describe(value), array: value.data.array };
  };
  let size = 0;
  const feeds = plan.feeds.map((feed) => {
    const shape = feed.shape.map((length) => (varying?.[size++] === 1 ? undefined : length));
    return { ...describe(feed), shape };
  });
  const open = varying === undefined ? [] : varyingConstants(plan, varying);
  const offset = plan.numbers.length - plan.constants.length;
  const built = plan.constants.filter((_, use) => varying?.[offset + use] !== 1);
  let use = 0;
  const inputName = (input: Value | undefined): string => {
    if (input === undefined) return '';
    if (input.constant > 0 && varying?.[offset + use++] === 1) return `n${use - 1}`;
    return nameOf(input);
  };
  return {
    nodes: plan.nodes.map((node, i) => ({
      name: nodeName(i),
      signature: node.signature,
      inputs: node.inputs.map(inputName),
      outputs: node.outputs.map(nameOf),
    })),
    inputs: [
      ...feeds.filter((_, i) => !fixed.has(i)),
      ...open.map(([name, { dtype, shape }]) => ({
        name,
        dtype,
        shape: dtype === 'int64' ? shape : shape.map(() => undefined),
      })),
    ],
    outputs: plan.outputs.map((output) =>
      varying === undefined
        ? describe(output)
        : { ...describe(output), shape: output.shape.map(() => undefined) },
    ),
    initializers: [...new Set(built), ...plan.feeds.filter((_, i) => fixed.has(i))].map(withArray),
  };
}
