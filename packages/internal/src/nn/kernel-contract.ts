import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** What goes into a kernel: one tensor, one that may be undefined, or a list. */
export type TensorSlots = Readonly<Record<string, 'tensor' | 'tensor?' | 'tensor[]'>>;

/** What comes out of a kernel; all its lists have the same length. */
export type OutputSlots = Readonly<Record<string, 'tensor' | 'tensor[]'>>;

/** The numbers and switches of a kernel. */
export type AttributeSlots = Readonly<Record<string, 'number' | 'number?' | 'boolean'>>;

type Slot<Kind, T> = Kind extends 'tensor[]' ? readonly T[] : Kind extends 'tensor?' ? T | undefined : T;

/** Tensors by the names of `Slots`. */
export type TensorsOf<Slots, T> = { readonly [Name in keyof Slots]: Slot<Slots[Name], T> };

/** Attributes by the names of `Slots`. */
export type AttributesOf<Slots> = {
  readonly [Name in keyof Slots]: Slots[Name] extends 'boolean'
    ? boolean
    : Slots[Name] extends 'number?'
      ? number | undefined
      : number;
};

/**
 * A kernel that tfjs does not have, such as the ONNX backend's attention: the one declaration that its callers and its
 * implementation share.
 */
export interface KernelContract<
  Inputs extends TensorSlots,
  Attributes extends AttributeSlots,
  Outputs extends OutputSlots,
> {
  /** Name that the kernel is registered by. */
  readonly name: string;
  /** Tensors that go in. */
  readonly inputs: Inputs;
  /** Numbers and switches. */
  readonly attributes: Attributes;
  /** Tensors that come out, in this order. */
  readonly outputs: Outputs;
}

/** Whether the current backend has the kernel. Elsewhere the caller composes it of tfjs' operations. */
export const hasKernel = ({ name }: { readonly name: string }): boolean =>
  getKernel(name, getBackend()) != null;

/**
 * Runs a kernel that {@link hasKernel} finds. It has no gradient: call it in `customGradient`, or where none is wanted.
 *
 * @returns The outputs; the caller disposes them.
 */
export function runKernel<I extends TensorSlots, A extends AttributeSlots, O extends OutputSlots>(
  { name, inputs: slots, outputs }: KernelContract<I, A, O>,
  inputs: TensorsOf<I, Tensor>,
  attributes: AttributesOf<A>,
): TensorsOf<O, Tensor> {
  const named: NamedTensorMap = Object.fromEntries(entries(slots, inputs));
  return nameOutputs(outputs, engine().runKernel<Tensor[]>(name, named, attributes as NamedAttrMap));
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);

/** Tensors by the names under which tfjs passes them on: those of a list are numbered from 0. */
function entries<T>(slots: TensorSlots, tensors: TensorsOf<TensorSlots, T>): [string, T][] {
  return Object.keys(slots).flatMap((name): [string, T][] => {
    const value = tensors[name];
    if (value === undefined) return [];
    return isList(value) ? value.map((tensor, i) => [`${name}${i}`, tensor]) : [[name, value]];
  });
}

/** The tensors of one kernel call as its implementation reads them, from what tfjs passes on. */
export function nameInputs<Slots extends TensorSlots, T>(
  slots: Slots,
  given: Readonly<Record<string, T | undefined>>,
): TensorsOf<Slots, T> {
  const listOf = (name: string): T[] => {
    const list: T[] = [];
    for (let next = given[`${name}0`]; next !== undefined; next = given[`${name}${list.length}`])
      list.push(next);
    return list;
  };
  const named = Object.entries(slots).map(([name, kind]) => [
    name,
    kind === 'tensor[]' ? listOf(name) : given[name],
  ]);
  return Object.fromEntries(named) as TensorsOf<Slots, T>;
}

/** The results of a kernel as the list that tfjs takes. */
export function listOutputs<Slots extends OutputSlots, T>(slots: Slots, outputs: TensorsOf<Slots, T>): T[] {
  return entries<T>(slots, outputs).map(([, tensor]) => tensor);
}

/** The inverse of {@link listOutputs}. */
function nameOutputs<Slots extends OutputSlots, T>(slots: Slots, tensors: readonly T[]): TensorsOf<Slots, T> {
  const kinds = Object.entries(slots);
  const lists = kinds.filter(([, kind]) => kind === 'tensor[]').length;
  const length = (tensors.length - (kinds.length - lists)) / lists;
  let next = 0;
  const named = kinds.map(([name, kind]) => {
    if (kind === 'tensor') return [name, tensors[next++]];
    next += length;
    return [name, tensors.slice(next - length, next)];
  });
  return Object.fromEntries(named) as TensorsOf<Slots, T>;
}
