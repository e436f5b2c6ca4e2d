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

const matrices = new WeakMap<Data, Int8Matrix>();
const rowsOf = new WeakMap<Value, Int8Matrix>();

/**
 * The product of `a` and a known matrix `[K, N]`, computed in int8. Rows of `a` are rounded to 255 levels each, so that a row's
 * result depends on no other row, and columns of the matrix likewise; sums are exact.
 */
export function int8Product(a: Value, matrix: Value, shape: Shape): Value {
  const { values, scales } = roundedColumns(matrix);
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
function roundedColumns(matrix: Value): Int8Matrix {
  const { data, shape } = matrix;
  if (data === undefined) throw new Error('onnx backend: a matrix for int8 is not known');
  const before = matrices.get(data);
  if (before !== undefined && before.values.shape[1] === shape[1]) return before;
  const rounded = roundColumns(data.array as Float32Array, shape[1] as number);
  matrices.set(data, rounded);
  return rounded;
}

function roundColumns(array: Float32Array, columns: number): Int8Matrix {
  const scales = new Float32Array(columns);
  for (let i = 0; i < array.length; i++) {
    const size = Math.abs(array[i] as number) / LEVELS;
    const column = i % columns;
    if (!(size <= (scales[column] as number))) scales[column] = size; // NaN counts as the largest
  }
  const values = new Int8Array(array.length);
  for (let i = 0; i < array.length; i++) {
    const scale = scales[i % columns] as number;
    if (scale > 0) values[i] = Math.round((array[i] as number) / scale);
  }
  const rows = array.length / columns;
  return {
    values: known([rows, columns], 'int8', makeData(values, 'int8', false)),
    scales: known([columns], 'float32', makeData(scales, 'float32', false)),
  };
}
