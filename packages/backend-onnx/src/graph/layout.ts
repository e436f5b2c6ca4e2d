import { integers, known, record, type Shape, sameShape, type Value } from './value.js';

/** Permutations between the axes of an image in tfjs, [N, H, W, C], and in ONNX Runtime, [N, C, H, W]. */
export const TO_CHANNELS_FIRST = [0, 3, 1, 2] as const;
export const TO_CHANNELS_LAST = [0, 2, 3, 1] as const;

/** Whether an [N, C, H, W] shape is that of an [N, H, W, C] image. */
export const sameImage = (first: Shape, last: Shape): boolean =>
  last.length === 4 &&
  first[0] === last[0] &&
  first[1] === last[3] &&
  first[2] === last[1] &&
  first[3] === last[2];

/** The same elements in another shape; free for known elements. */
export function reshape(value: Value, shape: Shape): Value {
  if (sameShape(value.shape, shape)) return value;
  if (value.data !== undefined) return known(shape, value.dtype, value.data);
  return record('Reshape', [value, integers(shape)], shape, value.dtype);
}

/** A transpose, or a reshape where only sizes of 1 change places. */
export function swapLayout(value: Value, permutation: readonly number[]): Value {
  const shape = permutation.map((axis) => value.shape[axis] as number);
  const moved = permutation.filter((axis) => value.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return reshape(value, shape);
  return record('Transpose', [value], shape, value.dtype, { perm: permutation });
}
