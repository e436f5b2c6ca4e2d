import {
  backend_util,
  type KernelConfig,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../backend.js';
import { reshape, swapLayout, TO_CHANNELS_FIRST, TO_CHANNELS_LAST } from '../graph/layout.js';
import {
  type Dtype,
  integers,
  record,
  type Shape,
  sameShape,
  scalar,
  sizeOf,
  type Value,
} from '../graph/value.js';

/** tfjs types every input as possibly missing; only optional inputs are. */
type Present<I> = { [K in keyof I]: Exclude<I[K], undefined> };

/** A kernel: records operators for its inputs and returns the tensors of their results. */
export type Kernel<I, A> = (
  backend: OnnxBackend,
  inputs: Present<I>,
  attributes: A,
) => TensorInfo | TensorInfo[];

let kernels = 0;

/** The tfjs registration of a kernel. `I` and `A` are the kernel's input and attribute types in tfjs. */
export function kernel<I, A = unknown>(kernelName: string, run: Kernel<I, A>): KernelConfig {
  const id = ++kernels;
  return {
    kernelName,
    backendName: 'onnx',
    kernelFunc: ({ inputs, attrs, backend }) => {
      (backend as OnnxBackend).beforeKernel(id);
      return run(backend as OnnxBackend, inputs as NamedTensorInfoMap & Present<I>, attrs as A);
    },
  };
}

/** Casts as JavaScript's typed arrays do. */
export function cast(value: Value, dtype: Dtype): Value {
  if (value.dtype === dtype) return value;
  const isFloat = value.dtype === 'float32' || value.dtype === 'float64';
  if (isFloat && dtype === 'int32') return castDirectly(wrappable(value), 'int32');
  return castDirectly(value, dtype);
}

const castDirectly = (value: Value, dtype: Dtype): Value =>
  record('Cast', [value], value.shape, dtype, { to: ONNX_TYPE[dtype] });

/** Integers modulo 2³², so that the next cast wraps around; NaN and infinities count as 0. */
function wrappable(number: Value): Value {
  // A float32 beyond int64 has no bits below 2³²; a float64 may have some.
  const value =
    number.dtype === 'float32'
      ? number
      : record('Mod', [number, scalar(2 ** 32, 'float64')], number.shape, 'float64', { fmod: 1 });
  const size = record('Abs', [value], value.shape, value.dtype);
  const fits = pointwise('Less', [size, scalar(2 ** 63, value.dtype)], 'bool');
  const whole = castDirectly(pointwise('Where', [fits, value, scalar(0, value.dtype)], value.dtype), 'int64');
  return pointwise('BitwiseAnd', [whole, scalar(2 ** 32 - 1, 'int64')]); // also keeps the two casts apart
}

/** A result in the type of a tensor that keeps its type: tfjs cuts fractions off. */
export const store = (value: Value, dtype: Dtype): Value =>
  dtype === 'bool' && value.dtype !== 'bool' ? cast(cast(value, 'int32'), 'bool') : cast(value, dtype);

/** A number type for a value: ONNX has no arithmetic on booleans. */
export const numeric = (value: Value): Value => (value.dtype === 'bool' ? cast(value, 'int32') : value);

// TensorProto.DataType
const ONNX_TYPE: Record<Dtype, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

export const transpose = (value: Value, permutation: readonly number[]): Value =>
  swapLayout(value, permutation);

/** A value repeated to a larger shape that it broadcasts to. */
export const expand = (value: Value, shape: Shape): Value =>
  record('Expand', [value, integers(shape)], shape, value.dtype);

/** A value with `[before, after]` more elements along each axis, or fewer where negative. */
export function pad(value: Value, pads: readonly (readonly [number, number])[], fill = 0): Value {
  const shape = value.shape.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0));
  const flat = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
  return record('Pad', [value, integers(flat), scalar(fill, value.dtype)], shape, value.dtype);
}

/** An operator that works element by element on values of the same type, with broadcasting. */
export function pointwise(op: string, values: readonly Value[], dtype?: Dtype): Value {
  const first = values[0] as Value;
  let shape: Shape = first.shape;
  for (const { shape: other } of values) {
    if (!sameShape(shape, other)) shape = backend_util.assertAndGetBroadcastShape([...shape], [...other]);
  }
  const inputs = values.map((value, i) => {
    const { splat } = value;
    if (splat === undefined) return value;
    // A repeated number needs no room of its own where another operand has the whole shape.
    const covered = values.some(
      (other, j) => j !== i && other.splat === undefined && sameShape(other.shape, shape),
    );
    return covered ? splat : value;
  });
  return record(op, inputs, shape, dtype ?? first.dtype);
}

/**
 * Applies `compute`, which works element by element with broadcasting, in the layout of the operands: images from a
 * convolution stay channels-first.
 */
export function elementwise(
  backend: OnnxBackend,
  infos: readonly TensorInfo[],
  compute: (values: Value[]) => Value,
): TensorInfo {
  const images = infos.filter((info) => backend.isChannelsFirst(info));
  if (images.length === 0) return backend.make(compute(infos.map((info) => backend.plain(info))));
  const largest = Math.max(...infos.map(({ shape }) => sizeOf(shape)));
  const stays =
    images.some(({ shape }) => sizeOf(shape) === largest) && infos.every(({ shape }) => shape.length <= 4);
  if (!stays) return backend.make(compute(infos.map((info) => backend.plain(info))));
  return backend.makeChannelsFirst(compute(infos.map((info) => channelsFirstOperand(backend, info))));
}

/** Applies `compute`, which treats each axis by itself, in the layout that the images already have. */
export function alongAxes(
  backend: OnnxBackend,
  x: TensorInfo,
  compute: (value: Value, order: readonly number[]) => Value,
): TensorInfo {
  if (backend.isChannelsFirst(x))
    return backend.makeChannelsFirst(compute(backend.channelsFirst(x), TO_CHANNELS_FIRST));
  return backend.make(
    compute(
      backend.plain(x),
      x.shape.map((_, axis) => axis),
    ),
  );
}

function channelsFirstOperand(backend: OnnxBackend, info: TensorInfo): Value {
  if (info.shape.length === 4) return backend.channelsFirst(info);
  const value = backend.plain(info);
  if (info.shape.length === 0) return value;
  const padded = [...Array<number>(4 - info.shape.length).fill(1), ...info.shape];
  return swapLayout(reshape(value, padded), TO_CHANNELS_FIRST);
}

/** The index of an [N, H, W, C] axis in [N, C, H, W]. */
export const channelsFirstAxis = (axis: number): number => TO_CHANNELS_LAST[axis] as number;
