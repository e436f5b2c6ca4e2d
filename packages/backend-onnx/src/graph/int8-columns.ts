import { type Data, makeData, type TypedArray, type Value } from './value.js';

/** Neighbouring columns of a known matrix. */
export interface KnownColumns {
  readonly data: Data;
  /** Columns of the whole matrix. */
  readonly width: number;
  readonly first: number;
  readonly count: number;
}

/** The columns that a value is, if they belong to a matrix whose products are computed in int8. */
export function int8Columns(value: Value): KnownColumns | undefined {
  const { data, node, shape } = value;
  const [, count] = shape;
  if (shape.length !== 2 || count === undefined) return undefined;
  if (data?.int8) return { data, width: count, first: 0, count };
  // Queries, keys and values have one matrix, which is split.
  const [whole] = node?.inputs ?? [];
  if (node?.signature.op !== 'Split' || node.signature.attributes.axis !== 1 || !whole?.data?.int8)
    return undefined;
  const before = node.outputs.slice(0, node.outputs.indexOf(value));
  const first = before.reduce((sum, output) => sum + (output.shape[1] ?? 0), 0);
  return { data: whole.data, width: whole.shape[1] ?? 0, first, count };
}

/** The data of a computed value, which keeps the precision of the matrix that it is a part of. */
export function resultData(value: Value, array: TypedArray): Data {
  const data = makeData(array, value.dtype, true);
  data.int8 = int8Columns(value) !== undefined;
  return data;
}
