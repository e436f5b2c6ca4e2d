import { MintError } from '@mint/internal';
import type { GraphDefinition } from '../graph/model-proto.js';
import type { Attributes, Dtype, Shape, TypedArray } from '../graph/value.js';
import type { BatchExpression, Linear } from './batch-expression.js';

type GraphNode = GraphDefinition['nodes'][number];

// TensorProto.DataType
const ONNX_TYPE: Partial<Record<Dtype, number>> = { float32: 1, int32: 6, bool: 9 };

/** The operators of an exported graph as they are added, with names that no other value has. */
export class GraphBuilder {
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
export function writeExpression(
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

const reshape = (graph: GraphBuilder, value: string, shape: Shape, output?: string): string => {
  const numbers = graph.initializer('shape', 'int64', [shape.length], int64s(shape));
  return graph.add('Reshape', [value, numbers], {}, output);
};

export const cast = (graph: GraphBuilder, value: string, dtype: Dtype): string =>
  graph.add('Cast', [value], { to: ONNX_TYPE[dtype] ?? 1 });

/** ONNX Runtime's own operators in operators of ONNX, where that is possible. */
export const plainOperator = (graph: GraphBuilder, node: GraphNode, ranks: readonly number[]): boolean =>
  plainProduct(graph, node, ranks) || plainInt8Product(graph, node) || plainAttention(graph, node);

/** Attention of all heads, from `[B, N, heads·d]`. */
function plainAttention(graph: GraphBuilder, { signature, inputs, outputs }: GraphNode): boolean {
  const { num_heads: heads, scale } = signature.attributes;
  if (
    signature.op !== 'MultiHeadAttention' ||
    typeof heads !== 'number' ||
    typeof scale !== 'object' ||
    !('float' in scale)
  )
    return false;
  const [q, k, v] = inputs.map((input) => reshape(graph, input, [0, 0, heads, -1])) as [
    string,
    string,
    string,
  ];
  const byHead = (input: string, perm = [0, 2, 1, 3]) => graph.add('Transpose', [input], { perm });
  const factor = graph.initializer('scale', 'float32', [], Float32Array.of(scale.float));
  const scaled = graph.add('Mul', [byHead(q), factor]);
  const weights = graph.add('Softmax', [graph.add('MatMul', [scaled, byHead(k, [0, 2, 3, 1])])], {
    axis: -1,
  });
  const attended = byHead(graph.add('MatMul', [weights, byHead(v)]));
  reshape(graph, attended, [0, 0, -1], outputs[0]);
  return true;
}

/** A product of int8 matrices, whose rows have the scale 1. */
function plainInt8Product(graph: GraphBuilder, { signature, inputs, outputs }: GraphNode): boolean {
  const [rows, columns, , scales, zeroPoint] = inputs;
  if (signature.op !== 'MatMulIntegerToFloat' || rows === undefined || columns === undefined) return false;
  if (scales === undefined || zeroPoint === undefined) return false;
  const sums = graph.add('MatMulInteger', [rows, columns, zeroPoint]);
  graph.add('Mul', [cast(graph, sums, 'float32'), scales], {}, outputs[0]);
  return true;
}

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
