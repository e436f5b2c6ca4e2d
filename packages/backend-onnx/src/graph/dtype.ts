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

/** Values as an array of the type's kind; the array itself where it is one already. */
export function typedArray(values: backend_util.BackendValues | TypedArray, dtype: Dtype): TypedArray {
  const wanted = newArray(dtype, 0);
  if (values instanceof wanted.constructor) return values as TypedArray;
  const array = newArray(dtype, values.length);
  for (let i = 0; i < values.length; i++) array[i] = Number(values[i]);
  return array;
}
