import { type Node, sizeOf } from '../graph/value.js';
import {
  attribute,
  type HostArray,
  input,
  inputValue,
  numbers,
  output,
  outputValue,
  stridesOf,
  walk,
} from './array.js';

type Run = (node: Node) => void;

/** Reduces elements `from` to `end`, in doubles. */
type Line = (x: HostArray, from: number, end: number) => number;

interface Reducer {
  line: Line;
  start: number;
  add: (sum: number, x: number) => number;
}

const total: Line = (x, from, end) => {
  let [even, odd] = [0, 0]; // two sums: an addition waits for the one before
  let i = from;
  for (; i + 1 < end; i += 2) {
    even += x[i] as number;
    odd += x[i + 1] as number;
  }
  return even + odd + (i < end ? (x[i] as number) : 0);
};

const totalOfSquares: Line = (x, from, end) => {
  let sum = 0;
  for (let i = from; i < end; i++) sum += (x[i] as number) * (x[i] as number);
  return sum;
};

const largest: Line = (x, from, end) => {
  let best = -Infinity;
  for (let i = from; i < end; i++) best = Math.max(best, x[i] as number);
  return best;
};

const smallest: Line = (x, from, end) => {
  let best = Infinity;
  for (let i = from; i < end; i++) best = Math.min(best, x[i] as number);
  return best;
};

const product: Line = (x, from, end) => {
  let result = 1;
  for (let i = from; i < end; i++) result *= x[i] as number;
  return result;
};

const sum: Reducer = { line: total, start: 0, add: (a, x) => a + x };

/** Reduces x over the first axes: line after line is added to the sums. */
function overLeading(x: HostArray, y: HostArray, { start, add }: Reducer, divisor: number): void {
  const sums = new Float64Array(y.length).fill(start);
  const columns = y.length;
  if (add === sum.add) {
    for (let from = 0; from < x.length; from += columns)
      for (let i = 0; i < columns; i++) sums[i] = (sums[i] as number) + (x[from + i] as number);
  } else {
    for (let from = 0; from < x.length; from += columns)
      for (let i = 0; i < columns; i++) sums[i] = add(sums[i] as number, x[from + i] as number);
  }
  for (let i = 0; i < columns; i++) y[i] = (sums[i] as number) / divisor;
}

function overAny(
  x: HostArray,
  y: HostArray,
  shape: readonly number[],
  over: readonly boolean[],
  { start, add }: Reducer,
  divisor: number,
): void {
  const kept = stridesOf(shape.map((size, axis) => (over[axis] === true ? 1 : size)));
  const sums = new Float64Array(y.length).fill(start);
  const strides = shape.map((_, axis) => (over[axis] === true ? 0 : (kept[axis] as number)));
  walk(shape, 0, strides, (place, i) => {
    sums[place] = add(sums[place] as number, x[i] as number);
  });
  for (let i = 0; i < y.length; i++) y[i] = (sums[i] as number) / divisor;
}

/** Whether the axes that are reduced, or kept, come after all others. Those of size 1 may be anywhere. */
function comeLast(shape: readonly number[], over: readonly boolean[], which: boolean): boolean {
  let before = true;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (over[axis] !== which) before = false;
    else if (!before) return false;
  }
  return true;
}

/** A reduction over the axes in the second input, or all; a mean divides by how many elements there are. */
const reduction =
  (reducer: Reducer, isMean = false): Run =>
  (node) => {
    const { shape } = inputValue(node, 0);
    const [x, y, axes] = [input(node, 0), output(node), numbers(node, 1)];
    const { line } = reducer;
    const length = x.length / y.length;
    const divisor = isMean ? length : 1;
    if (y.length === 1) {
      y[0] = line(x, 0, length) / divisor;
      return;
    }
    const over = Array<boolean>(shape.length).fill(false);
    if (axes !== undefined) for (const axis of axes) over[axis < 0 ? axis + shape.length : axis] = true;
    if (comeLast(shape, over, true)) {
      for (let i = 0, from = 0; i < y.length; i++, from += length)
        y[i] = line(x, from, from + length) / divisor;
    } else if (comeLast(shape, over, false)) overLeading(x, y, reducer, divisor);
    else overAny(x, y, shape, over, reducer, divisor);
  };

/** The mean over the sides of images, [N, C, …]. */
function imageMean(node: Node): void {
  const [x, y] = [input(node, 0), output(node)];
  const length = x.length / y.length;
  for (let i = 0; i < y.length; i++) y[i] = total(x, i * length, (i + 1) * length) / length;
}

/** Calls `line` for each line of elements along the operator's axis: its first place, the step, and its number. */
function lines(
  node: Node,
  axis: number,
  line: (start: number, step: number, length: number, index: number) => void,
): void {
  const { shape } = inputValue(node, 0);
  const along = axis < 0 ? axis + shape.length : axis;
  const length = shape[along] ?? 1;
  const step = sizeOf(shape.slice(along + 1));
  const size = sizeOf(shape);
  let index = 0;
  for (let outer = 0; outer < size; outer += length * step)
    for (let inner = 0; inner < step; inner++) line(outer + inner, step, length, index++);
}

function softmax(node: Node): void {
  const [x, y] = [input(node, 0), output(node)];
  lines(node, attribute(node, 'axis', -1), (start, step, length) => {
    const end = start + step * length;
    let best = -Infinity;
    for (let i = start; i < end; i += step) best = Math.max(best, x[i] as number);
    let sum = 0;
    for (let i = start; i < end; i += step) {
      const power = Math.exp((x[i] as number) - best);
      y[i] = power;
      sum += power;
    }
    const factor = 1 / sum;
    for (let i = start; i < end; i += step) y[i] = (y[i] as number) * factor;
  });
}

function logSoftmax(node: Node): void {
  const [x, y] = [input(node, 0), output(node)];
  lines(node, attribute(node, 'axis', -1), (start, step, length) => {
    const end = start + step * length;
    let best = -Infinity;
    for (let i = start; i < end; i += step) best = Math.max(best, x[i] as number);
    let sum = 0;
    for (let i = start; i < end; i += step) sum += Math.exp((x[i] as number) - best);
    const shift = best + Math.log(sum);
    for (let i = start; i < end; i += step) y[i] = (x[i] as number) - shift;
  });
}

function argMax(node: Node): void {
  const [x, y] = [input(node, 0), output(node)];
  lines(node, attribute(node, 'axis', 0), (start, step, length, index) => {
    let best = 0;
    let value = x[start] as number;
    for (let i = 1, place = start + step; i < length; i++, place += step)
      if ((x[place] as number) > value) {
        value = x[place] as number;
        best = i;
      }
    y[index] = best;
  });
}

function argMin(node: Node): void {
  const [x, y] = [input(node, 0), output(node)];
  lines(node, attribute(node, 'axis', 0), (start, step, length, index) => {
    let best = 0;
    let value = x[start] as number;
    for (let i = 1, place = start + step; i < length; i++, place += step)
      if ((x[place] as number) < value) {
        value = x[place] as number;
        best = i;
      }
    y[index] = best;
  });
}

const runningSum: Run = (node) => {
  const [x, y, exclusive] = [input(node, 0), output(node), attribute(node, 'exclusive', 0) === 1];
  const reverse = attribute(node, 'reverse', 0) === 1;
  const { dtype } = outputValue(node);
  const rounded = dtype === 'float32' ? Math.fround : (sum: number) => sum;
  lines(node, input(node, 1)[0] as number, (start, step, length) => {
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const place = start + (reverse ? length - 1 - i : i) * step;
      const next = rounded(sum + (x[place] as number));
      y[place] = exclusive ? sum : next;
      sum = next;
    }
  });
};

/** Those of the first group take a nanosecond per element, the others more. */
export const REDUCTIONS: Readonly<Record<'quick' | 'slow', Readonly<Record<string, Run>>>> = {
  quick: {
    ReduceSum: reduction(sum),
    ReduceMean: reduction(sum, true),
    GlobalAveragePool: imageMean,
    ReduceSumSquare: reduction({ line: totalOfSquares, start: 0, add: (a, x) => a + x * x }),
    ReduceProd: reduction({ line: product, start: 1, add: (a, x) => a * x }),
    ReduceMax: reduction({ line: largest, start: -Infinity, add: Math.max }),
    ReduceMin: reduction({ line: smallest, start: Infinity, add: Math.min }),
    ArgMax: argMax,
    ArgMin: argMin,
    CumSum: runningSum,
  },
  slow: { Softmax: softmax, LogSoftmax: logSoftmax },
};
