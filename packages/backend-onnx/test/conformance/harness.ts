import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, vi } from 'vitest';
import { type OnnxOptions, setOnnxOptions } from '../../src/index.js';

// Properties that run the same op calls on `cpu` and `onnx` and compare what comes out: values, shapes, types, errors.

/** `npm run test:webgpu` checks another provider than `cpu`; a graphics card's functions are less exact. */
const provider = (process.env.MINT_ONNX_PROVIDER ?? 'cpu') as OnnxOptions['provider'];
const LEAST_TOLERANCE = provider === 'cpu' ? 0 : 1e-3;

// Thousands of tiny graphs: starting threads for each would take longest.
setOnnxOptions({ threads: 1, provider });

/** Every case is small: it is computed by ONNX Runtime, and in JavaScript as far as that has its operators. */
const COMPUTERS = provider === 'cpu' ? (['onnx', 'javascript'] as const) : (['onnx'] as const);

/** One seed for every property, so that a failure comes back when it is run again. */
const SEED = 3403;

/** Random cases of a property; `CONFORMANCE_RUNS` asks for more. */
const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 25);

vi.setConfig({ testTimeout: 60_000 + 1000 * RUNS });

export type Result = tf.Tensor | tf.Tensor[];
export type Calls = Record<string, () => Result>;

interface Tolerance {
  rtol?: number;
  atol?: number;
}

type Outcome = { shape: number[]; dtype: string; values: ArrayLike<number> }[] | Error;

interface Reading {
  name: string;
  made: tf.Tensor[] | Error;
}

/** Makes calls, then reads their results: on `onnx`, as one graph. */
async function readAll(calls: Calls): Promise<[string, Outcome][]> {
  const readings = Object.entries(calls).map(([name, call]): Reading => {
    try {
      return { name, made: [call()].flat() };
    } catch (error) {
      return { name, made: error as Error };
    }
  });
  const results: [string, Outcome][] = [];
  for (const { name, made } of readings) {
    if (made instanceof Error) {
      results.push([name, made]);
      continue;
    }
    const values = await Promise.all(made.map((tensor) => tensor.data()));
    const outcome = made.map(({ shape, dtype }, i) => ({
      shape,
      dtype,
      values: values[i] as ArrayLike<number>,
    }));
    results.push([name, outcome]);
  }
  return results;
}

/** @param together - Whether all calls are made before the first result is read. */
async function outcomes(backend: string, calls: Calls, together = true): Promise<Map<string, Outcome>> {
  await tf.setBackend(backend);
  const results: [string, Outcome][] = [];
  tf.engine().startScope();
  try {
    if (together) results.push(...(await readAll(calls)));
    else for (const [name, call] of Object.entries(calls)) results.push(...(await readAll({ [name]: call })));
  } finally {
    tf.engine().endScope();
  }
  return new Map(results);
}

/** Calls that both backends must refuse. */
export const refused = (calls: Calls): Calls =>
  Object.fromEntries(Object.entries(calls).map(([name, call]) => [`refused: ${name}`, call]));

/** What is wrong with a result, in words, if anything is; the two zeros count as equal. */
function difference(
  name: string,
  got: Outcome,
  want: Outcome,
  { rtol = 1e-4, atol = 2e-5 }: Tolerance,
): string | undefined {
  if (name.startsWith('refused'))
    return got instanceof Error && want instanceof Error ? undefined : 'was not refused';
  if (want instanceof Error) return `nothing to compare with, cpu threw: ${want.message}`;
  if (got instanceof Error) return `threw: ${got.message}`;
  for (const [i, { shape, dtype, values }] of want.entries()) {
    const other = got[i];
    if (other?.shape.join() !== shape.join()) return `shape [${other?.shape}], want [${shape}]`;
    if (other.dtype !== dtype) return `dtype ${other.dtype}, want ${dtype}`;
    for (let j = 0; j < values.length; j++) {
      const [a, e] = [other.values[j] as number, values[j] as number];
      const allowed = Math.max(atol, LEAST_TOLERANCE) + Math.max(rtol, LEAST_TOLERANCE) * Math.abs(e);
      const close = Number.isFinite(e) && Math.abs(a - e) <= (dtype === 'float32' ? allowed : 0);
      const same =
        dtype === 'bool' ? Boolean(a) === Boolean(e) : a === e || (Number.isNaN(a) && Number.isNaN(e));
      if (!close && !same) return `result ${i} [${shape}] ${dtype}, element ${j}: ${a}, want ${e}`;
    }
  }
  return undefined;
}

/** Fails unless `onnx` does what `cpu` does, for each call. */
export async function expectSame(calls: Calls, tolerance: Tolerance = {}): Promise<void> {
  const want = await outcomes('cpu', calls);
  for (const smallGraphs of COMPUTERS) {
    setOnnxOptions({ smallGraphs });
    // A graph with an operator that JavaScript lacks is left to ONNX Runtime: each call is a graph of its own.
    const got = await outcomes('onnx', calls, smallGraphs === 'onnx');
    const wrong = [...want].flatMap(([name, outcome]) => {
      const words = difference(name, got.get(name) as Outcome, outcome, tolerance);
      return words === undefined ? [] : [`${name}, in ${smallGraphs}: ${words}`];
    });
    expect(wrong).toEqual([]);
  }
}

/** Checks a property for random cases: `calls` of a case must do the same on both backends. */
export async function conforms<T>(
  cases: fc.Arbitrary<T>,
  calls: (random: T) => Calls,
  tolerance: Tolerance = {},
): Promise<void> {
  const property = fc.asyncProperty(cases, (random) => expectSame(calls(random), tolerance));
  await tf.setBackend('onnx');
  const before = tf.backend().numDataIds();
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: false });
  await tf.setBackend('onnx');
  expect(tf.backend().numDataIds(), 'data left behind by kernels').toBe(before);
}

// Random tensors

/** A tensor to be made on each backend. */
export interface Spec {
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
  values: number[];
}

export const make = ({ shape, dtype, values }: Spec): tf.Tensor => tf.tensor(values, shape, dtype);

const LARGEST = 240;

/** Sizes of a tensor, with `zeros` one in ten of them 0. */
export const shapes = (minRank = 0, maxRank = 6, zeros = true): fc.Arbitrary<number[]> =>
  fc
    .array(fc.constantFrom(...(zeros ? [0] : [2]), 1, 2, 3, 2, 3, 5, 1, 7, 4), {
      minLength: minRank,
      maxLength: maxRank,
    })
    .filter((shape) => tf.util.sizeFromShape(shape) <= LARGEST);

/** Floats within (-4, 4), in steps that never tie with halves by rounding. */
export const tame = fc.integer({ min: -4_000_000, max: 4_000_000 }).map((n) => Math.fround(n / 1e6));
export const positive = fc.integer({ min: 50_000, max: 4_000_000 }).map((n) => Math.fround(n / 1e6));
const special = fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 1, -1);
const extreme = fc.constantFrom(
  1e-7,
  -1e-7,
  1e30,
  -1e30,
  3e38,
  2 ** 31,
  -(2 ** 31) - 256,
  0.5,
  -0.5,
  1.5,
  2.5,
);

/** NaN, infinities and both zeros among ordinary numbers. */
export const floats = fc.oneof({ weight: 5, arbitrary: tame }, { weight: 1, arbitrary: special });
/** The same, with numbers too large for int32 and for their own square. */
export const wild = fc.oneof({ weight: 5, arbitrary: floats }, { weight: 1, arbitrary: extreme });
export const smallInts = fc.integer({ min: -9, max: 9 });
const largeInts = fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 16, 2 ** 24 + 1, 2 ** 30);
export const ints = fc.oneof({ weight: 4, arbitrary: smallInts }, { weight: 1, arbitrary: largeInts });
export const bits = fc.integer({ min: 0, max: 1 });

const ELEMENTS = { float32: floats, int32: smallInts, bool: bits };

/** Tensors of a type in given shapes. */
export const tensors = (
  shape: fc.Arbitrary<number[]>,
  dtype: Spec['dtype'] = 'float32',
  elements: fc.Arbitrary<number> = ELEMENTS[dtype],
): fc.Arbitrary<Spec> =>
  shape.chain((sizes) => {
    const length = tf.util.sizeFromShape(sizes);
    return fc
      .array(elements, { minLength: length, maxLength: length })
      .map((values) => ({ shape: sizes, dtype, values }));
  });

export const fixed = (shape: number[], elements: fc.Arbitrary<number> = tame): fc.Arbitrary<Spec> =>
  tensors(fc.constant(shape), 'float32', elements);

/** Tensors of any type. */
export const anyTensors = (shape: fc.Arbitrary<number[]>): fc.Arbitrary<Spec> =>
  fc.oneof(tensors(shape), tensors(shape, 'int32'), tensors(shape, 'bool'));

/** Shapes that broadcast against each other. */
export const broadcastShapes = (count: number, zeros = true): fc.Arbitrary<number[][]> =>
  shapes(0, 5, zeros).chain((shape) =>
    fc.array(
      fc
        .tuple(fc.nat({ max: shape.length }), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }))
        .map(([dropped, ones]) => shape.slice(dropped).map((size, axis) => (ones[axis] === true ? 1 : size))),
      { minLength: count, maxLength: count },
    ),
  );

/** Tensors of one type that broadcast against each other. */
export const operands = (
  count: number,
  dtype: Spec['dtype'],
  elements: fc.Arbitrary<number>,
  zeros = true,
): fc.Arbitrary<Spec[]> =>
  broadcastShapes(count, zeros).chain((all) =>
    fc.tuple(...all.map((shape) => tensors(fc.constant(shape), dtype, elements))),
  );
