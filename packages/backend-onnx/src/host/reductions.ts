import { type Node, sizeOf } from '../graph/value.js';
import { attribute, input, inputValue, numbers, output, outputValue, stridesOf, walk } from './array.js';

type Run = (node: Node) => void;

/** A reduction to doubles over the axes in the second input, or all. */
const reduction =
  (
    start: number,
    add: (sum: number, x: number) => number,
    finish: (sum: number, count: number) => number = (sum) => sum,
  ): Run =>
  (node) => {
    const { shape } = inputValue(node, 0);
    const [x, y, axes] = [input(node, 0), output(node), numbers(node, 1)];
    const count = x.length / y.length;
    if (y.length === 1) {
      let sum = start;
      for (let i = 0; i < x.length; i++) sum = add(sum, x[i] as number);
      y[0] = finish(sum, count);
      return;
    }
    const over = new Set(Array.from(axes ?? [], (axis) => (axis < 0 ? axis + shape.length : axis)));
    const kept = stridesOf(shape.map((size, axis) => (over.has(axis) ? 1 : size)));
    const sums = new Float64Array(y.length).fill(start);
    const strides = shape.map((_, axis) => (over.has(axis) ? 0 : (kept[axis] as number)));
    walk(shape, 0, strides, (place, i) => {
      sums[place] = add(sums[place] as number, x[i] as number);
    });
    for (let i = 0; i < y.length; i++) y[i] = finish(sums[i] as number, count);
  };

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

const softmax =
  (result: (x: number, largest: number, sum: number) => number): Run =>
  (node) => {
    const [x, y] = [input(node, 0), output(node)];
    lines(node, attribute(node, 'axis', -1), (start, step, length) => {
      const end = start + step * length;
      let largest = -Infinity;
      for (let i = start; i < end; i += step) largest = Math.max(largest, x[i] as number);
      let sum = 0;
      for (let i = start; i < end; i += step) sum += Math.exp((x[i] as number) - largest);
      for (let i = start; i < end; i += step) y[i] = result(x[i] as number, largest, sum);
    });
  };

const extremeIndex =
  (better: (x: number, best: number) => boolean): Run =>
  (node) => {
    const [x, y] = [input(node, 0), output(node)];
    lines(node, attribute(node, 'axis', 0), (start, step, length, index) => {
      let best = 0;
      for (let i = 1; i < length; i++)
        if (better(x[start + i * step] as number, x[start + best * step] as number)) best = i;
      y[index] = best;
    });
  };

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

export const REDUCTIONS: Readonly<Record<string, Run>> = {
  ReduceSum: reduction(0, (sum, x) => sum + x),
  ReduceMean: reduction(
    0,
    (sum, x) => sum + x,
    (sum, count) => sum / count,
  ),
  ReduceSumSquare: reduction(0, (sum, x) => sum + x * x),
  ReduceProd: reduction(1, (product, x) => product * x),
  ReduceMax: reduction(-Infinity, Math.max),
  ReduceMin: reduction(Infinity, Math.min),
  ArgMax: extremeIndex((x, best) => x > best),
  ArgMin: extremeIndex((x, best) => x < best),
  Softmax: softmax((x, largest, sum) => Math.exp(x - largest) / sum),
  LogSoftmax: softmax((x, largest, sum) => x - largest - Math.log(sum)),
  CumSum: runningSum,
};
