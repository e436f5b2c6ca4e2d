import type { TensorInfo } from '@tensorflow/tfjs-core';
import { reshape } from '../../backend.js';
import { integers, record, recordMany, type Shape, scalar, sizeOf, type Value } from '../../graph/value.js';
import { kernel, pointwise } from '../kernel.js';

/**
 * A whole AdamW step with clipping as one kernel: not tfjs', ours (docs/packages/backend-onnx.md). Vectors are laid side by side and
 * updated as one: a network has hundreds of them, and each operator costs more to start than they take to compute.
 */

// Elements up to which a tensor is laid beside others: copying it is then cheaper than its operators' starts.
const SMALL = 4096;

interface AdamWAttributes {
  /** Number of weights. */
  readonly count: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Global norm that gradients are scaled down to; absent: no clipping. */
  readonly clipNorm?: number;
}

interface State {
  readonly weight: Value;
  readonly gradient: Value;
  readonly first: Value;
  readonly second: Value;
}

/** New weight, first and second moment. */
type Updated = readonly [Value, Value, Value];

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

export const adamWKernels = [
  /**
   * Inputs: three scalars `1/√(1 − β₂ᵗ)/size`, `ε/size` and `1 − lr·decay` with `size = lr/(1 − β₁ᵗ)`, then all weights,
   * all gradients, all first moments, all second moments. Returns the new weights, first and second moments.
   */
  kernel<TensorInfo[], AdamWAttributes>('MintAdamW', (backend, inputs, { count, beta1, beta2, clipNorm }) => {
    const [root, epsilon, decay, ...tensors] = inputs.map((info) => backend.plain(info)) as Value[] &
      [Value, Value, Value];
    const states = Array.from({ length: count }, (_, i): State => {
      const parts = [0, 1, 2, 3].map((part) => tensors[part * count + i]);
      const [weight, gradient, first, second] = parts as [Value, Value, Value, Value];
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
    const update = ({ weight, gradient, first, second }: State): Updated => {
      const newFirst = add(multiply(first, number(beta1)), multiply(gradient, firstShare));
      const squared = multiply(multiply(gradient, gradient), secondShare);
      const newSecond = add(multiply(second, number(beta2)), squared);
      const deviation = record('Sqrt', [newSecond], newSecond.shape, 'float32');
      const change = pointwise('Div', [newFirst, add(multiply(deviation, root), epsilon)]);
      return [pointwise('Sub', [multiply(weight, decay), change]), newFirst, newSecond];
    };

    const updated = new Map(large.map((state) => [state, update(state)]));
    if (joined !== undefined) {
      const shapes = small.map(({ weight }) => weight.shape);
      const parts = update(joined).map((value) => split(value, shapes));
      small.forEach((state, i) => {
        updated.set(state, parts.map((values) => values[i]) as unknown as Updated);
      });
    }
    return [0, 1, 2].flatMap((part) =>
      states.map((state) => backend.make((updated.get(state) as Updated)[part] as Value)),
    );
  }),
];
