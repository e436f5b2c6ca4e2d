import { customGrad, type Tensor } from '@tensorflow/tfjs-core';

/** Tensors that the backward pass needs, by name. */
type Saved = Readonly<Record<string, Tensor | readonly Tensor[] | undefined>>;

/** One gradient per input, in the inputs' order and of their shapes. */
type Gradients<Inputs extends readonly Tensor[]> = { readonly [I in keyof Inputs]: Tensor };

const isList = (value: Tensor | readonly Tensor[] | undefined): value is readonly Tensor[] =>
  Array.isArray(value);

const flatten = (saved: Saved): Tensor[] =>
  Object.values(saved).flatMap((value) => (isList(value) ? value : value === undefined ? [] : [value]));

/** `tensors` under the names that {@link flatten} took them from. */
function restore<S extends Saved>(saved: S, tensors: readonly Tensor[]): S {
  let next = 0;
  const entries = Object.entries(saved).map(([name, value]) => {
    if (isList(value)) return [name, value.map(() => tensors[next++])];
    return [name, value === undefined ? undefined : tensors[next++]];
  });
  return Object.fromEntries(entries) as S;
}

/**
 * A computation with a gradient written by hand: tfjs' `customGrad`, typed.
 *
 * @param inputs - The tensors that the result is differentiated by.
 * @param forward - Computes the result, and names the tensors that `backward` needs. Everything else that it makes is
 * freed. `backward` must not use tensors from outside: they may be disposed by then.
 * @param backward - Gradients of the inputs, from that of the result (of the result's shape) and the saved tensors.
 * @returns The result; the caller disposes it.
 */
export function customGradient<
  const Inputs extends readonly Tensor[],
  Result extends Tensor,
  S extends Saved,
>(
  inputs: Inputs,
  forward: () => { readonly value: Result; readonly saved: S },
  backward: (dy: Result, saved: S) => Gradients<Inputs>,
): Result {
  const compute = customGrad<Result>((...args) => {
    const save = args.at(-1); // tfjs passes it after the inputs
    const { value, saved } = forward();
    if (typeof save === 'function') save(flatten(saved));
    return { value, gradFunc: (dy, tensors) => [...backward(dy, restore(saved, tensors))] };
  });
  return compute(...inputs);
}
