import { MintError } from '@mint/internal';
import type { backend_util, DataType } from '@tensorflow/tfjs-core';
import { type Dtype, newArray, type TypedArray } from './value.js';

/**
 * The element type of a tensor's values in a graph.
 *
 * @throws MintError `INVALID_ARGUMENT` for the types of tfjs that the backend lacks.
 */
export function graphDtype(dtype: DataType): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new MintError(
    'INVALID_ARGUMENT',
    `onnx backend: ${dtype} tensors are not supported; use float32, int32 or bool, or another backend.`,
  );
}

/** The type of a tensor with values of this type. */
export function tensorDtype(dtype: Dtype): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`onnx backend: a tensor can't be ${dtype}`);
}

const WANTED = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  int64: BigInt64Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
} as const;

/**
 * Values as an array of the type's kind; the array itself where it is one already. An array of another realm, such as
 * Jest's, is copied: ONNX Runtime would refuse it.
 */
export function typedArray(values: backend_util.BackendValues | TypedArray, dtype: Dtype): TypedArray {
  if (values instanceof WANTED[dtype]) return values;
  const array = newArray(dtype, values.length);
  for (let i = 0; i < values.length; i++) array[i] = Number(values[i]);
  return array;
}
