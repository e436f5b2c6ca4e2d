import { MintError } from '@mint/internal';
import type { Dimension, GraphDefinition } from '../graph/model-proto.js';
import type { Node, Shape, TypedArray, Value } from '../graph/value.js';
import { expressionOf, fitLinear } from './batch-expression.js';
import { cast, GraphBuilder, plainOperator, writeExpression } from './graph-builder.js';
import { dataOf, type Recording } from './record.js';

/** Names and types of the exported graph. */
export interface GraphNames {
  /** Name of the batch dimension, or `undefined` for fixed shapes. */
  readonly batch: string | undefined;
  /** Inputs, by name, that the graph takes as uint8. */
  readonly uint8: ReadonlySet<string>;
  /** Names of known tensors, by the id of their data. */
  readonly weights: ReadonlyMap<number, string>;
}

/** The description of an operator in an error. */
function describe({ plan }: Recording, node: number): string {
  const { signature, outputs } = plan.nodes[node] ?? {};
  return `operator ${node} (${signature?.op}, result [${outputs?.[0]?.shape}])`;
}

function refuse(what: string): never {
  throw new MintError(
    'INVALID_ARGUMENT',
    `exportOnnx: ${what} depends on the batch size in a way that cannot be written in ONNX. Rewrite that step, or pass ` +
      '`batch: false` for a file that takes only the shapes of the example.',
  );
}

/** Throws unless all recordings have the same operators, connected in the same way. */
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
  names: GraphNames,
): GraphDefinition {
  assertSameStructure(recordings);
  return new GraphExport(recordings, batches, names).write();
}

/** The state of one {@link exportGraph}. */
class GraphExport {
  private readonly recordings: readonly Recording[];
  private readonly batches: readonly number[];
  private readonly options: GraphNames;
  private readonly first: Recording;
  private readonly graph = new GraphBuilder();
  private readonly names = new Map<Value, string>();
  private readonly feedOf: ReadonlyMap<Value, number>;
  private batchSize: string | undefined;
  /** Number of constants that are written. */
  private used = 0;

  constructor(recordings: readonly Recording[], batches: readonly number[], options: GraphNames) {
    this.recordings = recordings;
    this.batches = batches;
    this.options = options;
    this.first = recordings[0] as Recording;
    this.feedOf = new Map(this.first.plan.feeds.map((feed, i) => [feed, i]));
  }

  write(): GraphDefinition {
    const { first, graph, names, options } = this;
    for (const [name] of [...first.inputs, ...first.outputs]) graph.reserve(name);
    const inputs = first.inputs.map(([name, value], i) => {
      names.set(value, options.uint8.has(name) ? cast(graph, name, value.dtype) : name);
      return this.signature(name, 'inputs', i);
    });
    for (const at of first.plan.nodes.keys()) this.writeNode(at);
    const outputs = first.outputs.map(([name], i) => this.signature(name, 'outputs', i));
    return { nodes: graph.nodes, inputs, outputs, initializers: graph.initializers };
  }

  /** Name, type and shape of an input or output of the graph. */
  private signature(name: string, kind: 'inputs' | 'outputs', index: number) {
    const values = this.recordings.map((recording) => recording[kind][index]?.[1] as Value);
    return {
      name,
      dtype: this.options.uint8.has(name) ? ('uint8' as const) : (values[0] as Value).dtype,
      shape: this.dimensions(values.map(({ shape }) => shape)),
    };
  }

  private dimensions(shapes: readonly Shape[]): Dimension[] {
    const { batch } = this.options;
    return (shapes[0] ?? []).map((size, axis) => {
      const line = fitLinear(
        this.batches,
        shapes.map((shape) => shape[axis] as number),
      );
      if (line === undefined) return undefined;
      if (batch === undefined || line.slope === 0) return size;
      const scaled = line.slope === 1 ? batch : `${line.slope}*${batch}`;
      return line.offset === 0 ? scaled : `${scaled}+${line.offset}`;
    });
  }

  private writeNode(at: number): void {
    const { first, graph, names } = this;
    const node = first.plan.nodes[at] as Node;
    const inputs = node.inputs.map((input) => (input === undefined ? '' : this.inputName(input, at)));
    const outputs = node.outputs.map((output) => {
      const named = first.outputs.find(([, value]) => value === output)?.[0];
      const name = named ?? graph.unique(node.signature.op);
      names.set(output, name);
      return name;
    });
    const written = { signature: node.signature, inputs, outputs };
    const ranks = node.inputs.map((input) => input?.shape.length ?? 0);
    if (!plainOperator(graph, written, ranks)) graph.nodes.push(written);
  }

  /** The name of an operator's input; constants and feeds are written when an operator first takes them. */
  private inputName(input: Value, at: number): string {
    const each = (values: (recording: Recording) => Value | undefined) =>
      this.recordings.map((recording) => values(recording) as Value);
    if (input.constant > 0) {
      const use = this.used++;
      return this.knownName(
        each(({ plan }) => plan.constants[use]),
        'constant',
        at,
      );
    }
    const written = this.names.get(input);
    if (written !== undefined) return written;
    const feed = this.feedOf.get(input);
    if (feed === undefined) throw new Error('exportOnnx: an operator came before its input');
    const wanted = this.options.weights.get(dataOf(input).id) ?? 'weight';
    const name = this.knownName(
      each(({ plan }) => plan.feeds[feed]),
      wanted,
      at,
    );
    this.names.set(input, name);
    return name;
  }

  /** The name of known numbers, given by their values in each recording. */
  private knownName(values: readonly Value[], wanted: string, at: number): string {
    const { graph, names } = this;
    const value = values[0] as Value;
    if (values.every((other) => sameNumbers(other, value))) {
      const name =
        names.get(value) ?? graph.initializer(wanted, value.dtype, value.shape, dataOf(value).array);
      names.set(value, name);
      return name;
    }
    const expression = expressionOf(
      values.map((other, i) => ({
        batch: this.batches[i] as number,
        array: dataOf(other).array,
        shape: other.shape,
      })),
    );
    if (expression === undefined)
      return refuse(`a tensor [${value.shape}] of numbers, used by ${describe(this.first, at)},`);
    this.batchSize ??= graph.add('Shape', [this.first.inputs[0]?.[0] ?? ''], { start: 0, end: 1 });
    return writeExpression(graph, this.batchSize, expression, value.dtype);
  }
}

const sameNumbers = (a: Value, b: Value): boolean =>
  a.data === b.data || (a.shape.join() === b.shape.join() && sameArrays(dataOf(a).array, dataOf(b).array));

function sameArrays(a: TypedArray, b: TypedArray): boolean {
  return a.length === b.length && a.every((element, i) => Object.is(element, b[i]));
}
