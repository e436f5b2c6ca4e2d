import { ADAMW } from '@mint/internal/nn';
import { reshape } from '../../graph/layout.js';
import { integers, record, recordMany, type Shape, scalar, sizeOf, type Value } from '../../graph/value.js';
import { pointwise } from '../kernel.js';
import { fusedKernel } from './fused-kernel.js';

/**
 * A whole AdamW step with clipping as one kernel (docs/packages/backend-onnx.md). Vectors are laid side by side and updated
 * as one: a network has hundreds of them, and each operator takes longer to start than to compute.
 */

/** Elements up to which tensors are laid side by side: copying them is then cheaper than starting their operators. */
const SMALL = 4096;

interface State {
  readonly weight: Value;
  readonly gradient: Value;
  readonly first: Value;
  readonly second: Value;
}

/** A weight with its moments, after the step. */
type Updated = Omit<State, 'gradient'>;

const number = (value: number): Value => scalar(value, 'float32');
const add = (a: Value, b: Value): Value => pointwise('Add', [a, b]);
const multiply = (a: Value, b: Value): Value => pointwise('Mul', [a, b]);

/** `min(1, clip/(‖g‖ + 1e-6))` over all gradients. */
function clipFactor(gradients: readonly Value[], clipNorm: number): Value {
  const squares = gradients.map((gradient) => {
    const axes = integers(gradient.shape.map((_, axis) => axis));
    return record('ReduceSumSquare', [gradient, axes], [], 'float32', { keepdims: 0 });
  });
  const norm = add(record('Sqrt', [pointwise('Sum', squares)], [], 'float32'), number(1e-6));
  return pointwise('Min', [number(1), pointwise('Div', [number(clipNorm), norm])]);
}

function concat(values: readonly Value[]): Value {
  const flat = values.map((value) => reshape(value, [sizeOf(value.shape)]));
  const size = flat.reduce((sum, value) => sum + sizeOf(value.shape), 0);
  return record('Concat', flat, [size], 'float32', { axis: 0 });
}

function split(value: Value, shapes: readonly Shape[]): Value[] {
  const lengths = shapes.map(sizeOf);
  const parts = lengths.map((length) => ({ shape: [length], dtype: value.dtype }));
  return recordMany('Split', [value, integers(lengths)], parts, { axis: 0 }).map((part, i) =>
    reshape(part, shapes[i] as Shape),
  );
}

const join = (states: readonly State[]): State => ({
  weight: concat(states.map(({ weight }) => weight)),
  gradient: concat(states.map(({ gradient }) => gradient)),
  first: concat(states.map(({ first }) => first)),
  second: concat(states.map(({ second }) => second)),
});

/** The inverse of {@link join}, after the step. */
function separate({ weight, first, second }: Updated, states: readonly State[]): Updated[] {
  const shapes = states.map((state) => state.weight.shape);
  const [weights, firsts, seconds] = [split(weight, shapes), split(first, shapes), split(second, shapes)];
  return states.map((_, i) => ({
    weight: weights[i] as Value,
    first: firsts[i] as Value,
    second: seconds[i] as Value,
  }));
}

export const adamWKernels = [
  fusedKernel(ADAMW, (inputs, { beta1, beta2, clipNorm }) => {
    const states = inputs.weights.map((weight, i): State => {
      const parts = [inputs.gradients[i], inputs.first[i], inputs.second[i]];
      const [gradient, first, second] = parts as [Value, Value, Value];
      return { weight, gradient, first, second };
    });
    const large = states.filter(({ weight }) => sizeOf(weight.shape) > SMALL);
    const small = states.filter(({ weight }) => sizeOf(weight.shape) <= SMALL);
    const joined = small.length === 0 ? undefined : join(small);
    const groups = joined === undefined ? large : [...large, joined];

    const gradients = groups.map(({ gradient }) => gradient);
    const clip = clipNorm === undefined ? number(1) : clipFactor(gradients, clipNorm);
    const firstShare = multiply(clip, number(1 - beta1));
    const secondShare = multiply(multiply(clip, clip), number(1 - beta2));
    const update = (state: State): Updated => {
      const first = add(multiply(state.first, number(beta1)), multiply(state.gradient, firstShare));
      const squared = multiply(multiply(state.gradient, state.gradient), secondShare);
      const second = add(multiply(state.second, number(beta2)), squared);
      const deviation = record('Sqrt', [second], second.shape, 'float32');
      const denominator = add(multiply(deviation, inputs.root), inputs.epsilon);
      const change = pointwise('Div', [first, denominator]);
      return { weight: pointwise('Sub', [multiply(state.weight, inputs.decay), change]), first, second };
    };

    const updated = new Map(large.map((state) => [state, update(state)]));
    if (joined !== undefined) {
      const parts = separate(update(joined), small);
      small.forEach((state, i) => {
        updated.set(state, parts[i] as Updated);
      });
    }
    const results = states.map((state) => updated.get(state) as Updated);
    return {
      weights: results.map(({ weight }) => weight),
      first: results.map(({ first }) => first),
      second: results.map(({ second }) => second),
    };
  }),
];
