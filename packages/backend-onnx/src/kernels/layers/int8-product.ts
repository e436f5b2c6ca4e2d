import type { KnownColumns } from '../../graph/int8-columns.js';
import {
  type Data,
  integers,
  known,
  makeData,
  record,
  type Shape,
  scalar,
  type Value,
} from '../../graph/value.js';
import { pointwise } from '../kernel.js';

// Symmetric, so that zero stays zero: -127 to 127.
const LEVELS = 127;
// Scale of a row of zeros.
const SMALLEST_SCALE = 2 ** -100;

/** A matrix in int8: `values` times `scales`, one for each column. */
interface Int8Matrix {
  readonly values: Value;
  readonly scales: Value;
}

/** Rounded columns of matrices, by the first of them. */
const matrices = new WeakMap<Data, Map<number, Int8Matrix>>();
const rowsOf = new WeakMap<Value, Int8Matrix>();

/**
 * The product of `a` and columns of a known matrix, computed in int8. Rows of `a` are rounded to 255 levels each, so that a row's
 * result depends on no other row, and columns likewise; sums are exact.
 */
export function int8Product(a: Value, columns: KnownColumns, shape: Shape): Value {
  const { values, scales } = roundedColumns(columns);
  const rows = roundedRows(a);
  const inputs = [rows.values, values, scalar(1, 'float32'), scales, zeroPoint()];
  return pointwise('Mul', [record('MatMulIntegerToFloat', inputs, shape, 'float32'), rows.scales]);
}

/** What stands for 0 among the unsigned numbers of the rows: ONNX Runtime's products of two signed matrices are slow. */
const zeroPoint = (): Value => scalar(128, 'uint8');

/** Rounded while the graph runs. Several products of the same rows share the work. */
function roundedRows(a: Value): Int8Matrix {
  const before = rowsOf.get(a);
  if (before !== undefined) return before;
  const ones = [...a.shape.slice(0, -1), 1];
  const size = record('Abs', [a], a.shape, 'float32');
  const largest = record('ReduceMax', [size, integers([-1])], ones, 'float32', { keepdims: 1 });
  const exact = pointwise('Mul', [largest, scalar(1 / LEVELS, 'float32')]);
  const positive = pointwise('Max', [exact, scalar(SMALLEST_SCALE, 'float32')]);
  // The largest number ignores NaN; a sum does not.
  const sum = record('ReduceSum', [a, integers([-1])], ones, 'float32', { keepdims: 1 });
  const scales = pointwise('Add', [positive, pointwise('Mul', [sum, scalar(0, 'float32')])]);
  const scaled = pointwise('Div', [a, scales]);
  const inputs = [scaled, scalar(1, 'float32'), zeroPoint()];
  const rows = { values: record('QuantizeLinear', inputs, a.shape, 'uint8'), scales };
  rowsOf.set(a, rows);
  return rows;
}

/** Rounded once. */
function roundedColumns(columns: KnownColumns): Int8Matrix {
  const { data, first, count } = columns;
  const ofMatrix = matrices.get(data) ?? new Map<number, Int8Matrix>();
  matrices.set(data, ofMatrix);
  const before = ofMatrix.get(first);
  if (before?.values.shape[1] === count) return before;
  const rounded = roundColumns(columns);
  ofMatrix.set(first, rounded);
  return rounded;
}

function roundColumns({ data: { array, frozen }, width, first, count }: KnownColumns): Int8Matrix {
  const rows = array.length / width;
  const values = new Int8Array(rows * count);
  const scales = new Float32Array(count);
  for (let column = 0; column < count; column++) {
    let largest = 0;
    for (let row = 0; row < rows; row++) {
      const size = Math.abs(Number(array[row * width + first + column]));
      if (!(size <= largest)) largest = size; // NaN counts as the largest
    }
    const scale = Math.fround(largest / LEVELS);
    scales[column] = scale;
    for (let row = 0; row < rows && scale > 0; row++)
      values[row * count + column] = Math.round(Number(array[row * width + first + column]) / scale);
  }
  const parts = { values: makeData(values, 'int8', false), scales: makeData(scales, 'float32', false) };
  for (const part of Object.values(parts)) part.frozen = frozen;
  return {
    values: known([rows, count], 'int8', parts.values),
    scales: known([count], 'float32', parts.scales),
  };
}
