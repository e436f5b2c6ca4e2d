import { type Node, type Shape, sizeOf } from '../graph/value.js';
import {
  arrayOf,
  attribute,
  type HostArray,
  input,
  inputValue,
  output,
  outputValue,
  stridesOf,
  walk,
} from './array.js';
import {
  add,
  type BinaryLoop,
  divide,
  exp,
  loopOf,
  multiply,
  neg,
  relu,
  sigmoid,
  sqrt,
  subtract,
  tanh,
  type UnaryLoop,
} from './loops.js';

type Run = (node: Node) => void;

const unaryOf =
  (loop: UnaryLoop): Run =>
  (node) => {
    const x = input(node, 0);
    loop(x, output(node));
  };

const unary = (fn: (x: number) => number): Run =>
  unaryOf((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = fn(x[i] as number);
  });

/** Where the operand's element for each element of the result is; `undefined` if it is at the same place. */
function places(shape: Shape, result: Shape): Int32Array | undefined {
  const size = sizeOf(result);
  if (sizeOf(shape) === size) return undefined;
  const map = new Int32Array(size);
  const own = stridesOf(shape);
  const offset = result.length - shape.length;
  const strides = result.map((_, axis) =>
    axis < offset || shape[axis - offset] === 1 ? 0 : (own[axis - offset] ?? 0),
  );
  walk(result, 0, strides, (place, i) => {
    map[i] = place;
  });
  return map;
}

/**
 * How many trailing axes of the result an operand has in full, or repeats one element along: within these, its elements
 * are a step of 1, or of 0, apart.
 */
function run(shape: Shape, result: Shape): { axes: number; step: number } {
  let step: number | undefined;
  let axes = 0;
  for (; axes < result.length; axes++) {
    const size = result[result.length - 1 - axes] as number;
    const own = shape[shape.length - 1 - axes] ?? 1;
    if (size === 1) continue;
    const here = own === 1 ? 0 : 1;
    if (step === undefined) step = here;
    else if (step !== here) break;
  }
  return { axes, step: step ?? 1 };
}

/** The operand's shape without trailing axes. */
const leading = (shape: Shape, axes: number): Shape => shape.slice(0, Math.max(0, shape.length - axes));

function combine(node: Node, loop: BinaryLoop): void {
  const [first, second] = [inputValue(node, 0), inputValue(node, 1)];
  const a = arrayOf(first);
  const b = arrayOf(second);
  const y = output(node);
  const size = y.length;
  if ((a.length === size || a.length === 1) && (b.length === size || b.length === 1)) {
    loop(a, 0, a.length === size ? 1 : 0, b, 0, b.length === size ? 1 : 0, y, 0, size);
    return;
  }
  const { shape } = outputValue(node);
  const [runA, runB] = [run(first.shape, shape), run(second.shape, shape)];
  const axes = Math.min(runA.axes, runB.axes);
  const outer = leading(shape, axes);
  const length = size / sizeOf(outer);
  const [at, bt] = [places(leading(first.shape, axes), outer), places(leading(second.shape, axes), outer)];
  const lengthA = runA.step === 1 ? length : 1;
  const lengthB = runB.step === 1 ? length : 1;
  for (let i = 0, from = 0; from < size; i++, from += length) {
    const p = lengthA * (at === undefined ? i : (at[i] as number));
    const q = lengthB * (bt === undefined ? i : (bt[i] as number));
    loop(a, p, runA.step, b, q, runB.step, y, from, from + length);
  }
}

const binaryOf =
  (loop: BinaryLoop, ints: BinaryLoop = loop): Run =>
  (node) =>
    combine(node, inputValue(node, 0).dtype === 'int32' ? ints : loop);

const binary = (fn: (a: number, b: number) => number): Run => binaryOf(loopOf(fn));

/** As `std::pow`: 1 to any power is 1, and so is −1 to an infinite one. */
const power = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;

const roundHalfToEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};

function select(node: Node): void {
  const operands = node.inputs.map((_, i) => inputValue(node, i));
  const [c, a, b] = operands.map(arrayOf) as [HostArray, HostArray, HostArray];
  const { shape } = outputValue(node);
  const [ct, at, bt] = operands.map((value) => places(value.shape, shape));
  const y = output(node);
  for (let i = 0; i < y.length; i++) {
    const from = c[ct === undefined ? i : (ct[i] as number)] !== 0 ? a : b;
    const map = from === a ? at : bt;
    y[i] = from[map === undefined ? i : (map[i] as number)] as number;
  }
}

function clip(node: Node): void {
  const [x, low, high, y] = [
    input(node, 0),
    input(node, 1)[0] as number,
    input(node, 2)[0] as number,
    output(node),
  ];
  for (let i = 0; i < y.length; i++) y[i] = Math.min(high, Math.max(low, x[i] as number));
}

/** Adds up operands of one size, rounding after each. */
function sum(node: Node): void {
  const y = output(node).fill(0);
  node.inputs.forEach((_, operand) => {
    const x = input(node, operand);
    for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + (x[i] as number);
  });
}

/** Typed arrays cast as their assignment does, but for fractions of 64-bit integers and truth. */
function cast(node: Node): void {
  const [x, y] = [input(node, 0), output(node)];
  const { dtype } = outputValue(node);
  if (dtype === 'bool') {
    for (let i = 0; i < y.length; i++) y[i] = x[i] === 0 ? 0 : 1;
  } else if (dtype === 'int64') {
    for (let i = 0; i < y.length; i++) y[i] = Math.trunc(x[i] as number);
  } else {
    y.set(x);
  }
}

const leaky: Run = (node) => {
  const alpha = attribute(node, 'alpha', 0.01);
  unary((x) => (x < 0 ? Math.fround(alpha) * x : x))(node);
};

const selu: Run = (node) => {
  const [alpha, gamma] = [Math.fround(attribute(node, 'alpha', 0)), Math.fround(attribute(node, 'gamma', 0))];
  unary((x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)))(node);
};

const remainder: Run = (node) => {
  const truncated = attribute(node, 'fmod', 0) === 1;
  combine(node, loopOf(truncated ? (a, b) => a % b : (a, b) => ((a % b) + b) % b));
};

const WORD = 2 ** 32;

/** Of 64-bit integers, the only mask is that of their lowest 32 bits. */
const bitwiseAnd: Run = (node) => {
  const wide = inputValue(node, 0).dtype === 'int64';
  combine(node, loopOf(wide ? (a) => ((a % WORD) + WORD) % WORD : (a, b) => a & b));
};

/** Operators that work element by element. Those of the first group take a few nanoseconds per element, the others more. */
export const ELEMENTWISE: Readonly<Record<'quick' | 'slow', Readonly<Record<string, Run>>>> = {
  quick: {
    Neg: unaryOf(neg),
    Abs: unary(Math.abs),
    Sign: unary(Math.sign),
    Sqrt: unaryOf(sqrt),
    Reciprocal: unary((x) => 1 / x),
    Relu: unaryOf(relu),
    Floor: unary(Math.floor),
    Ceil: unary(Math.ceil),
    Round: unary(roundHalfToEven),
    Not: unary((x) => (x === 0 ? 1 : 0)),
    IsNaN: unary((x) => (Number.isNaN(x) ? 1 : 0)),
    IsInf: unary((x) => (Math.abs(x) === Infinity ? 1 : 0)),
    LeakyRelu: leaky,
    Add: binaryOf(add),
    Sub: binaryOf(subtract),
    Mul: binaryOf(multiply, loopOf(Math.imul)),
    Div: binaryOf(
      divide,
      loopOf((a, b) => Math.trunc(a / b)),
    ),
    Max: binary(Math.max),
    Min: binary(Math.min),
    Equal: binary((a, b) => (a === b ? 1 : 0)),
    Less: binary((a, b) => (a < b ? 1 : 0)),
    LessOrEqual: binary((a, b) => (a <= b ? 1 : 0)),
    Greater: binary((a, b) => (a > b ? 1 : 0)),
    GreaterOrEqual: binary((a, b) => (a >= b ? 1 : 0)),
    And: binary((a, b) => a & b),
    Or: binary((a, b) => a | b),
    BitwiseAnd: bitwiseAnd,
    Where: select,
    Clip: clip,
    Sum: sum,
    Cast: cast,
  },
  slow: {
    Exp: unaryOf(exp),
    Log: unary(Math.log),
    Sin: unary(Math.sin),
    Cos: unary(Math.cos),
    Tan: unary(Math.tan),
    Sinh: unary(Math.sinh),
    Cosh: unary(Math.cosh),
    Tanh: unaryOf(tanh),
    Asin: unary(Math.asin),
    Acos: unary(Math.acos),
    Atan: unary(Math.atan),
    Asinh: unary(Math.asinh),
    Acosh: unary(Math.acosh),
    Atanh: unary(Math.atanh),
    Sigmoid: unaryOf(sigmoid),
    Softplus: unary((x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)))),
    Elu: unary((x) => (x < 0 ? Math.expm1(x) : x)),
    Selu: selu,
    Pow: binary(power),
    Mod: remainder,
  },
};
