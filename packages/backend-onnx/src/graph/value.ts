/** Element types a graph uses: those of tfjs, and some that only live inside a graph. */
export type Dtype = 'float32' | 'int32' | 'bool' | 'int64' | 'float64' | 'int8' | 'uint8';

export type TypedArray = Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array | Float64Array;

export type Shape = readonly number[];

/** An attribute of an ONNX operator: a plain number is an integer, `{ float }` a float. */
export type Attribute = number | readonly number[] | string | { float: number };

export type Attributes = Readonly<Record<string, Attribute>>;

/** An operator with its attributes. Equal operators are one object, so `id` stands for the whole. */
export interface Signature {
  readonly id: number;
  readonly op: string;
  readonly domain: string;
  readonly attributes: Attributes;
}

/** An array, and whether it may be reused. */
export interface Data {
  readonly id: number;
  readonly array: TypedArray;
  readonly dtype: Dtype;
  /** True while only the backend holds the array, so that it may become a later graph's output. */
  reusable: boolean;
  /** Tensors that use the array, counted while it is reusable. */
  holders: number;
  /** Whether products with the array as their second matrix are computed in int8. */
  int8: boolean;
  /** Whether the array never changes and is part of every graph that reads it. */
  frozen: boolean;
}

/**
 * One tensor of the graph: known (`data`), known to every run (`constant`), or yet to be computed (`node`).
 * `stamp` and `slot` belong to the flush that numbers the graph.
 */
export class Value {
  readonly shape: Shape;
  readonly dtype: Dtype;
  node: Node | undefined;
  data: Data | undefined;
  /** Positive for a constant: its number in the table of constants. */
  readonly constant: number;
  /** The rank-0 value this one repeats, where that is known. */
  splat: Value | undefined;
  /** The elements while a small graph is computed in JavaScript. */
  host: Float32Array | Int32Array | Int8Array | Uint8Array | Float64Array | undefined = undefined;
  stamp = 0;
  slot = 0;

  constructor(shape: Shape, dtype: Dtype, node: Node | undefined, data: Data | undefined, constant = 0) {
    this.shape = shape;
    this.dtype = dtype;
    this.node = node;
    this.data = data;
    this.constant = constant;
    this.splat = undefined;
  }
}

/** A recorded operator. It holds the values it needs, so disposing a tensor never breaks a later one. */
export class Node {
  readonly id: number;
  readonly signature: Signature;
  readonly inputs: readonly (Value | undefined)[];
  outputs: readonly Value[] = [];
  stamp = 0;

  constructor(id: number, signature: Signature, inputs: readonly (Value | undefined)[]) {
    this.id = id;
    this.signature = signature;
    this.inputs = inputs;
  }
}

// Large enough for any program, and a bound for a program that never stops inventing new entries.
const TABLE_LIMIT = 50_000;

let nextNode = 1;
let nextData = 1;
let nextSignature = 1;
let nextConstant = 1;
const signatures = new Map<string, Signature>();
const constants = new Map<string, Value>();
/** Numbers of rank 0, which are asked for most often. */
const scalars: Record<Dtype, Map<number, Value>> = {
  float32: new Map(),
  int32: new Map(),
  bool: new Map(),
  int64: new Map(),
  float64: new Map(),
  int8: new Map(),
  uint8: new Map(),
};
const NO_ATTRIBUTES: Attributes = {};

const MICROSOFT_OPS = new Set(['FusedMatMul', 'MatMulIntegerToFloat', 'MultiHeadAttention']);

/** Distinguishes the attributes of one operator, each of which always has the same type. */
function keyOf(attributes: Attributes): string {
  let key = '';
  for (const name in attributes) {
    const value = attributes[name];
    key += `;${name}=${typeof value === 'object' && 'float' in value ? value.float : value}`;
  }
  return key;
}

function intern(op: string, attributes: Attributes): Signature {
  const key = attributes === NO_ATTRIBUTES ? op : op + keyOf(attributes);
  let signature = signatures.get(key);
  if (signature === undefined) {
    if (signatures.size >= TABLE_LIMIT) signatures.clear();
    const domain = MICROSOFT_OPS.has(op) ? 'com.microsoft' : '';
    signature = { id: nextSignature++, op, domain, attributes };
    signatures.set(key, signature);
  }
  return signature;
}

/** Operators recorded so far. */
export const recordedNodes = (): number => nextNode - 1;

/** Forgets the interned signatures and constants. Values that hold some keep them. */
export function clearTables(): void {
  signatures.clear();
  constants.clear();
  for (const values of Object.values(scalars)) values.clear();
}

/** Records an operator with one result. A result without elements is known before anything runs. */
export function record(
  op: string,
  inputs: readonly (Value | undefined)[],
  shape: Shape,
  dtype: Dtype,
  attributes: Attributes = NO_ATTRIBUTES,
): Value {
  if (sizeOf(shape) === 0) return constant(shape, dtype, []);
  const node = new Node(nextNode++, intern(op, attributes), inputs);
  const value = new Value(shape, dtype, node, undefined);
  node.outputs = [value];
  return value;
}

/** Records an operator with several results. */
export function recordMany(
  op: string,
  inputs: readonly (Value | undefined)[],
  results: readonly { shape: Shape; dtype: Dtype }[],
  attributes: Attributes = NO_ATTRIBUTES,
): Value[] {
  const node = new Node(nextNode++, intern(op, attributes), inputs);
  node.outputs = results.map(({ shape, dtype }) => new Value(shape, dtype, node, undefined));
  return node.outputs.map((output) =>
    sizeOf(output.shape) === 0 ? constant(output.shape, output.dtype, []) : output,
  );
}

export function makeData(array: TypedArray, dtype: Dtype, reusable: boolean): Data {
  return { id: nextData++, array, dtype, reusable, holders: 0, int8: false, frozen: false };
}

/** A value that is known and may differ in the next run: an input of the graph. */
export function known(shape: Shape, dtype: Dtype, data: Data): Value {
  return new Value(shape, dtype, undefined, data);
}

/** A value that is part of the graph's structure: axes, target shapes, bounds. Keep it small. */
export function constant(shape: Shape, dtype: Dtype, numbers: readonly number[], name?: string): Value {
  const key = name ?? `${dtype}[${shape}]${numbers}`;
  let value = constants.get(key);
  if (value === undefined) {
    if (constants.size >= TABLE_LIMIT) constants.clear();
    value = new Value(
      shape,
      dtype,
      undefined,
      makeData(arrayFrom(dtype, numbers), dtype, false),
      nextConstant++,
    );
    constants.set(key, value);
  }
  return value;
}

/** A vector of integers that an operator takes as an input: axes, shapes, pads. */
export const integers = (numbers: readonly number[]): Value =>
  constant([numbers.length], 'int64', numbers, numbers.join());

export function scalar(value: number, dtype: Dtype): Value {
  const known = scalars[dtype];
  let result = known.get(value);
  if (result === undefined) {
    if (known.size >= TABLE_LIMIT) known.clear();
    result = constant([], dtype, [value]);
    known.set(value, result);
  }
  return result;
}

export function newArray(dtype: Dtype, length: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'bool':
      return new Uint8Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'uint8':
      return new Uint8Array(length);
  }
}

function arrayFrom(dtype: Dtype, numbers: readonly number[]): TypedArray {
  if (dtype === 'int64') return BigInt64Array.from(numbers, BigInt);
  const array = newArray(dtype, numbers.length);
  for (let i = 0; i < numbers.length; i++) array[i] = numbers[i] as number;
  return array;
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
