import { type Data, type Dtype, type Node, sizeOf, type TypedArray, type Value } from '../graph/value.js';

/** The elements of a value in JavaScript: int64 as doubles, which hold all that graphs count with. */
export type HostArray = Float32Array | Int32Array | Int8Array | Uint8Array | Float64Array;

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  int64: Float64Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
} as const;

const newHostArray = (dtype: Dtype, length: number): HostArray => new ARRAYS[dtype](length);

// Intermediate results that are kept for later graphs: allocating them would take longer than most operators.
const KEPT_BYTES = 16 * 1024 * 1024;

/** Arrays for intermediate results, which are free again after each graph. */
class Scratch {
  private readonly free: Record<Dtype, Map<number, HostArray[]>> = {
    float32: new Map(),
    int32: new Map(),
    bool: new Map(),
    int64: new Map(),
    float64: new Map(),
    int8: new Map(),
    uint8: new Map(),
  };
  private used: { dtype: Dtype; array: HostArray }[] = [];
  private bytes = 0;

  /** An array with any content. */
  take(dtype: Dtype, length: number): HostArray {
    let array = this.free[dtype].get(length)?.pop();
    if (array === undefined) {
      array = newHostArray(dtype, length);
      this.bytes += array.byteLength;
    }
    this.used.push({ dtype, array });
    return array;
  }

  /** Takes back all arrays. */
  release(): void {
    if (this.bytes > KEPT_BYTES) {
      for (const arrays of Object.values(this.free)) arrays.clear();
      this.bytes = 0;
    } else {
      for (const { dtype, array } of this.used) {
        const arrays = this.free[dtype];
        const same = arrays.get(array.length);
        if (same === undefined) arrays.set(array.length, [array]);
        else same.push(array);
      }
    }
    this.used = [];
  }
}

export const scratch = new Scratch();

const doubles = new WeakMap<Data, Float64Array>();

function elements(data: Data): HostArray {
  const array: TypedArray = data.array;
  if (!(array instanceof BigInt64Array)) return array;
  let converted = doubles.get(data);
  if (converted === undefined) {
    converted = Float64Array.from(array, Number);
    doubles.set(data, converted);
  }
  return converted;
}

export const inputValue = (node: Node, index: number): Value => {
  const value = node.inputs[index];
  if (value === undefined) throw new Error(`onnx backend: ${node.signature.op} lacks input ${index}`);
  return value;
};

/** The elements of a value that is known or was computed before. */
export function arrayOf(value: Value): HostArray {
  if (value.host !== undefined) return value.host;
  if (value.data === undefined) throw new Error('onnx backend: an operand was not computed');
  return elements(value.data);
}

export const input = (node: Node, index: number): HostArray => arrayOf(inputValue(node, index));

/** Numbers that an operator takes as an optional input: axes, shapes, pads. */
export const numbers = (node: Node, index: number): HostArray | undefined => {
  const value = node.inputs[index];
  return value === undefined ? undefined : arrayOf(value);
};

export const outputValue = (node: Node, index = 0): Value => node.outputs[index] as Value;

/** An array for a result, with any content. */
export function output(node: Node, index = 0): HostArray {
  const value = outputValue(node, index);
  const array = scratch.take(value.dtype, sizeOf(value.shape));
  value.host = array;
  return array;
}

export const attribute = (node: Node, name: string, otherwise: number): number => {
  const value = node.signature.attributes[name];
  if (typeof value === 'number') return value;
  return typeof value === 'object' && 'float' in value ? value.float : otherwise;
};

/** Elements between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/**
 * Copies the elements of `shape` between places that have own strides in x and in y. The last axis is a loop of its own:
 * there is no call for each element.
 */
export function copyStrided(
  shape: readonly number[],
  x: HostArray,
  fromX: number,
  stridesX: readonly number[],
  y: HostArray,
  fromY: number,
  stridesY: readonly number[],
): void {
  const last = shape.length - 1;
  if (last < 0) {
    y[fromY] = x[fromX] as number;
    return;
  }
  const along = (axis: number, startX: number, startY: number): void => {
    const size = shape[axis] as number;
    const stepX = stridesX[axis] as number;
    const stepY = stridesY[axis] as number;
    let [p, q] = [startX, startY];
    if (axis === last) for (let i = 0; i < size; i++, p += stepX, q += stepY) y[q] = x[p] as number;
    else for (let i = 0; i < size; i++, p += stepX, q += stepY) along(axis + 1, p, q);
  };
  along(0, fromX, fromY);
}

/** Calls `visit` with the place in memory of each element of `shape`, in order, for given strides. */
export function walk(
  shape: readonly number[],
  start: number,
  strides: readonly number[],
  visit: (place: number, index: number) => void,
): void {
  const last = shape.length - 1;
  let index = 0;
  const along = (axis: number, from: number): void => {
    const [size, stride] = [shape[axis] as number, strides[axis] as number];
    let place = from;
    for (let i = 0; i < size; i++) {
      if (axis === last) visit(place, index++);
      else along(axis + 1, place);
      place += stride;
    }
  };
  if (last < 0) visit(start, 0);
  else along(0, start);
}
