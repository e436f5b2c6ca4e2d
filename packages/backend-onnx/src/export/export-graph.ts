import { MintError } from '@mint/internal';
import type { Dimension, GraphDefinition } from '../graph/model-proto.js';
import type { Attributes, Dtype, Shape, TypedArray, Value } from '../graph/value.js';
import { type BatchExpression, expressionOf, fitLinear, type Linear } from './batch-expression.js';
import { dataOf, type Recording } from './record.js';

/** How the exported graph is to look from outside. */
export interface GraphNames {
  /** Name of the batch dimension, or `undefined` for fixed shapes. */
  readonly batch: string | undefined;
  /** Inputs, by name, that the graph takes as uint8. */
  readonly uint8: ReadonlySet<string>;
  /** Names of known tensors, by the id of their data. */
  readonly weights: ReadonlyMap<number, string>;
}

type GraphNode = GraphDefinition['nodes'][number];

// TensorProto.DataType
const ONNX_TYPE: Partial<Record<Dtype, number>> = { float32: 1, int32: 6, bool: 9 };

/** The operators of an exported graph as they are added, with names that no other value has. */
class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly initializers: GraphDefinition['initializers'] = [];
  private readonly names = new Set<string>();

  unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.names.has(name); i++) name = `${wanted}_${i}`;
    this.names.add(name);
    return name;
  }

  reserve(name: string): void {
    if (this.names.has(name))
      throw new MintError('INVALID_ARGUMENT', `exportOnnx: two inputs or outputs are named '${name}'.`);
    this.names.add(name);
  }

  initializer(wanted: string, dtype: Dtype, shape: Shape, array: TypedArray): string {
    const name = this.unique(wanted);
    this.initializers.push({ name, dtype, shape, array });
    return name;
  }

  add(op: string, inputs: string[], attributes: Attributes = {}, output = this.unique(op)): string {
    this.nodes.push({ signature: { id: 0, op, domain: '', attributes }, inputs, outputs: [output] });
    return output;
  }
}

const int64s = (numbers: readonly number[]): BigInt64Array => BigInt64Array.from(numbers, (n) => BigInt(n));

/** Writes the operators that compute numbers from the batch size, an int64 vector of one element named `size`. */
function writeExpression(
  graph: GraphBuilder,
  size: string,
  expression: BatchExpression,
  dtype: Dtype,
): string {
  const vector = (lines: readonly Linear[], shape: Shape): string => {
    const constant = (numbers: number[]) => graph.initializer('numbers', 'int64', shape, int64s(numbers));
    const scaled = graph.add('Mul', [size, constant(lines.map(({ slope }) => slope))]);
    return graph.add('Add', [scaled, constant(lines.map(({ offset }) => offset))]);
  };
  const shapeOf = (lines: readonly Linear[]): string => vector(lines, [lines.length]);
  switch (expression.kind) {
    case 'linear': {
      const { elements, shape } = expression;
      if (dtype === 'int64') {
        const numbers = vector(elements, [elements.length]);
        return shape.length === 1 ? numbers : reshape(graph, numbers, shape);
      }
      const floats = (numbers: number[]) =>
        graph.initializer('numbers', 'float32', [numbers.length], Float32Array.from(numbers));
      const asFloat = graph.add('Cast', [size], { to: 1 });
      const scaled = graph.add('Mul', [asFloat, floats(elements.map(({ slope }) => slope))]);
      const shifted = graph.add('Add', [scaled, floats(elements.map(({ offset }) => offset))]);
      return cast(graph, reshape(graph, shifted, shape), dtype);
    }
    case 'rows': {
      const row = graph.initializer('row', dtype, expression.rowShape, expression.row);
      return graph.add('Expand', [row, shapeOf(expression.shape)]);
    }
    case 'ramp': {
      const { start, step, shape } = expression;
      const target = shapeOf(shape);
      const scalar = (number: number) => graph.initializer('number', 'int64', [], int64s([number]));
      const length = graph.add('ReduceProd', [target], { keepdims: 0 });
      const counted = graph.add('Range', [scalar(0), length, scalar(1)]);
      const scaled = graph.add('Mul', [counted, scalar(step)]);
      const shifted = graph.add('Add', [scaled, scalar(start)]);
      return graph.add('Reshape', [dtype === 'int64' ? shifted : cast(graph, shifted, dtype), target]);
    }
  }
}

const reshape = (graph: GraphBuilder, value: string, shape: Shape): string =>
  graph.add('Reshape', [value, graph.initializer('shape', 'int64', [shape.length], int64s(shape))]);

const cast = (graph: GraphBuilder, value: string, dtype: Dtype): string =>
  graph.add('Cast', [value], { to: ONNX_TYPE[dtype] ?? 1 });

/** ONNX Runtime's product of transposed matrices, in operators of ONNX itself. */
function plainProduct(graph: GraphBuilder, node: GraphNode, ranks: readonly number[]): boolean {
  const { transA, transB, ...others } = node.signature.attributes;
  if (node.signature.op !== 'FusedMatMul' || Object.keys(others).length > 0) return false;
  const inputs = node.inputs.map((input, i) => {
    if ((i === 0 ? transA : transB) !== 1) return input;
    const rank = ranks[i] as number;
    const perm = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
    return graph.add('Transpose', [input], { perm });
  });
  graph.add('MatMul', inputs, {}, node.outputs[0]);
  return true;
}

/** What an operator is called in an error. */
function describe({ plan }: Recording, node: number): string {
  const { signature, outputs } = plan.nodes[node] ?? {};
  return `operator ${node} (${signature?.op}, result [${outputs?.[0]?.shape}])`;
}

function refuse(what: string): never {
  throw new MintError(
    'INVALID_ARGUMENT',
    `exportOnnx: ${what} depends on the batch size in a way that ONNX can't be told here. Rewrite that step, or pass ` +
      '`batch: false` for a file that takes only the shapes of the example.',
  );
}

/** All recordings must be the same operators, wired the same way. */
function assertSameStructure(recordings: readonly Recording[]): void {
  const [first, ...rest] = recordings as [Recording, ...Recording[]];
  for (const other of rest) {
    if (
      first.plan.key.length === other.plan.key.length &&
      first.plan.key.every((n, i) => n === other.plan.key[i])
    )
      continue;
    const at = first.plan.nodes.findIndex(({ signature, inputs, outputs }, i) => {
      const twin = other.plan.nodes[i];
      return (
        twin?.signature.id !== signature.id ||
        twin.outputs.length !== outputs.length ||
        twin.inputs.some((input, j) => input?.shape.length !== inputs[j]?.shape.length)
      );
    });
    const node = at === -1 ? Math.min(first.plan.nodes.length, other.plan.nodes.length) - 1 : at;
    refuse(describe(first, node));
  }
}

/**
 * One graph for all recordings of a function, which differ in the batch size: numbers that differ become expressions of
 * the size of the first input's first axis.
 *
 * @throws MintError `INVALID_ARGUMENT`, naming the operator, where that is not possible.
 */
export function exportGraph(
  recordings: readonly Recording[],
  batches: readonly number[],
  { batch, uint8, weights }: GraphNames,
): GraphDefinition {
  assertSameStructure(recordings);
  const [first] = recordings as [Recording, ...Recording[]];
  const { plan } = first;
  const graph = new GraphBuilder();
  for (const [name] of [...first.inputs, ...first.outputs]) graph.reserve(name);
  const names = new Map<Value, string>();

  const dimensions = (shapes: readonly Shape[]): Dimension[] =>
    (shapes[0] ?? []).map((size, axis) => {
      const line = fitLinear(
        batches,
        shapes.map((shape) => shape[axis] as number),
      );
      if (line === undefined) return undefined;
      if (batch === undefined || line.slope === 0) return size;
      const scaled = line.slope === 1 ? batch : `${line.slope}*${batch}`;
      return line.offset === 0 ? scaled : `${scaled}+${line.offset}`;
    });
  const describeValue = (name: string, values: readonly Value[]) => ({
    name,
    dtype: uint8.has(name) ? ('uint8' as const) : (values[0] as Value).dtype,
    shape: dimensions(values.map(({ shape }) => shape)),
  });

  const inputs = first.inputs.map(([name, value], i) => {
    names.set(value, uint8.has(name) ? cast(graph, name, value.dtype) : name);
    return describeValue(
      name,
      recordings.map((recording) => (recording.inputs[i] as (typeof first.inputs)[number])[1]),
    );
  });
  const [firstInput] = first.inputs;
  let batchSize: string | undefined;
  const sizeName = (): string => {
    batchSize ??= graph.add('Shape', [firstInput?.[0] ?? ''], { start: 0, end: 1 });
    return batchSize;
  };

  /** The name of a number or weight that is known, given by what it was in each recording. */
  const nameKnown = (values: readonly Value[], wanted: string, where: () => string): string => {
    const value = values[0] as Value;
    const existing = names.get(value);
    const same = values.every(
      (other) =>
        other.data === value.data ||
        (other.shape.join() === value.shape.join() && sameArrays(dataOf(other).array, dataOf(value).array)),
    );
    if (same) {
      const name = existing ?? graph.initializer(wanted, value.dtype, value.shape, dataOf(value).array);
      names.set(value, name);
      return name;
    }
    const samples = values.map((other, i) => ({
      batch: batches[i] as number,
      array: dataOf(other).array,
      shape: other.shape,
    }));
    const expression = expressionOf(samples);
    if (expression === undefined) return refuse(`a tensor [${value.shape}] of numbers, used by ${where()},`);
    return writeExpression(graph, sizeName(), expression, value.dtype);
  };

  const feedOf = new Map(plan.feeds.map((feed, i) => [feed, i]));
  let use = 0;
  plan.nodes.forEach((node, at) => {
    const nodeInputs = node.inputs.map((input) => {
      if (input === undefined) return '';
      const where = () => describe(first, at);
      if (input.constant > 0) {
        const each = recordings.map((recording) => recording.plan.constants[use] as Value);
        use++;
        return nameKnown(each, 'constant', where);
      }
      const known = names.get(input);
      if (known !== undefined) return known;
      const feed = feedOf.get(input);
      if (feed === undefined) throw new Error('exportOnnx: an operator came before its input');
      const each = recordings.map((recording) => recording.plan.feeds[feed] as Value);
      const name = nameKnown(each, weights.get(dataOf(input).id) ?? 'weight', where);
      names.set(input, name);
      return name;
    });
    const outputs = node.outputs.map((output) => {
      const named = first.outputs.find(([, value]) => value === output)?.[0];
      const name = named ?? graph.unique(node.signature.op);
      names.set(output, name);
      return name;
    });
    const written = { signature: node.signature, inputs: nodeInputs, outputs };
    const ranks = node.inputs.map((input) => input?.shape.length ?? 0);
    if (!plainProduct(graph, written, ranks)) graph.nodes.push(written);
  });

  return {
    nodes: graph.nodes,
    inputs,
    outputs: first.outputs.map(([name], i) =>
      describeValue(
        name,
        recordings.map((recording) => (recording.outputs[i] as (typeof first.outputs)[number])[1]),
      ),
    ),
    initializers: graph.initializers,
  };
}

function sameArrays(a: TypedArray, b: TypedArray): boolean {
  return a.length === b.length && a.every((element, i) => Object.is(element, b[i]));
}
