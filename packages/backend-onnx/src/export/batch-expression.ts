import type { Shape, TypedArray } from '../graph/value.js';

/** `offset + slope · N`, N being the batch size. */
export interface Linear {
  readonly offset: number;
  readonly slope: number;
}

/**
 * How an array depends on the batch size N.
 *
 * - `linear`: a fixed shape, each element linear in N.
 * - `rows`: one fixed row, repeated to a shape that is linear in N.
 * - `ramp`: start, start + step, …, in a shape that is linear in N.
 */
export type BatchExpression =
  | { readonly kind: 'linear'; readonly elements: readonly Linear[]; readonly shape: Shape }
  | {
      readonly kind: 'rows';
      readonly row: TypedArray;
      readonly rowShape: Shape;
      readonly shape: readonly Linear[];
    }
  | {
      readonly kind: 'ramp';
      readonly start: number;
      readonly step: number;
      readonly shape: readonly Linear[];
    };

/** An array for one batch size. */
export interface Sample {
  readonly batch: number;
  readonly array: TypedArray;
  readonly shape: Shape;
}

// Precision of numbers that a program derives from N in float32.
const TOLERANCE = 1e-6;

/** The line through numbers at several batch sizes, or `undefined` if they are not on a line. */
export function fitLinear(batches: readonly number[], values: readonly number[]): Linear | undefined {
  const [b0 = 0, b1 = 0] = batches;
  const [v0 = 0, v1 = 0] = values;
  const slope = (v1 - v0) / (b1 - b0);
  const offset = v0 - slope * b0;
  const fits = batches.every((batch, i) => {
    const value = values[i] as number;
    return Object.is(v0, value) && slope === 0
      ? true
      : Math.abs(offset + slope * batch - value) <= TOLERANCE * Math.abs(value);
  });
  return fits ? { offset, slope } : undefined;
}

function allFit(batches: readonly number[], lists: readonly (readonly number[])[]): Linear[] | undefined {
  const fitted = (lists[0] ?? []).map((_, i) =>
    fitLinear(
      batches,
      lists.map((list) => list[i] as number),
    ),
  );
  const lines = fitted.filter((line) => line !== undefined);
  return lines.length === fitted.length ? lines : undefined;
}

const numbersOf = (array: TypedArray): number[] => Array.from(array as ArrayLike<number | bigint>, Number);

function rowOf({ array, shape }: Sample): TypedArray | undefined {
  const rows = shape[0] ?? 0;
  const width = array.length / rows;
  const repeats = rows > 0 && array.every((element, i) => Object.is(element, array[i % width]));
  return repeats ? array.slice(0, width) : undefined;
}

const sameElements = (a: TypedArray, b: TypedArray): boolean =>
  a.length === b.length && a.every((element, i) => Object.is(element, b[i]));

function rampOf({ array }: Sample): { start: number; step: number } | undefined {
  const [start = Number.NaN, next = Number.NaN] = numbersOf(array.subarray(0, 2));
  const step = next - start;
  return numbersOf(array).every((number, i) => number === start + i * step) ? { start, step } : undefined;
}

/**
 * The rule behind an array at several batch sizes, all of one rank: at least three, so that one of them checks it.
 * `undefined` if none of the rules fits.
 */
export function expressionOf(samples: readonly Sample[]): BatchExpression | undefined {
  const [first] = samples;
  if (first === undefined) return undefined;
  const batches = samples.map(({ batch }) => batch);
  if (samples.every(({ shape }) => shape.join() === first.shape.join())) {
    const elements = allFit(
      batches,
      samples.map(({ array }) => numbersOf(array)),
    );
    return elements && { kind: 'linear', elements, shape: first.shape };
  }
  const shape = allFit(
    batches,
    samples.map((sample) => [...sample.shape]),
  );
  if (shape === undefined) return undefined;
  const row = rowOf(first);
  const innerFixed = shape.slice(1).every(({ slope }) => slope === 0);
  if (row !== undefined && innerFixed) {
    const rows = samples.map(rowOf);
    if (rows.every((other) => other !== undefined && sameElements(row, other)))
      return { kind: 'rows', row, rowShape: [1, ...first.shape.slice(1)], shape };
  }
  const ramps = samples.map(rampOf);
  const [ramp] = ramps;
  const same = ramps.every((other) => other?.start === ramp?.start && other?.step === ramp?.step);
  return ramp !== undefined && same ? { kind: 'ramp', ...ramp, shape } : undefined;
}
