import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { formatShape } from './checks.js';
import { MintError } from './error.js';
import { deriveSeed, Random } from './random.js';
import type { TypedTensor } from './safetensors.js';

/** Fills a new weight; `shape` is the weight's. */
export type WeightInit = (random: Random, shape: readonly number[]) => Float32Array;

/** One weight of a network part: its shape and how it is drawn. */
export interface WeightSpec {
  /** Shape of the weight. */
  readonly shape: readonly number[];
  /** Draws its values. */
  readonly init: WeightInit;
  /** Weights with equal `drawAs` start equal (they are deep copies in the original code). @defaultValue the weight's name */
  readonly drawAs?: string | undefined;
}

/** All weights of a part by name, such as `encoder/0/attn/q/kernel`. */
export type WeightSpecs = Readonly<Record<string, WeightSpec>>;

/** Values of a part's weights by name: tensors or variables. */
export type Params = Readonly<Record<string, Tensor>>;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, d) => product * d, 1);
const fill =
  (value: number): WeightInit =>
  (_random, shape) =>
    new Float32Array(sizeOf(shape)).fill(value);
const drawn =
  (draw: (random: Random) => number): WeightInit =>
  (random, shape) =>
    Float32Array.from({ length: sizeOf(shape) }, () => draw(random));

export const zeros = fill(0);
export const ones = fill(1);
/** Normal with mean 0 and the given standard deviation. */
export const normal = (std = 1) => drawn((random) => std * random.normal());
/** Uniform in [low, high). */
export const uniform = (low: number, high: number) =>
  drawn((random) => low + (high - low) * random.uniform());
/** Xavier-uniform (Glorot and Bengio 2010) for an `[in, out]` kernel; `fanOut` is that of the whole where the kernel is a part of
 * a packed one. */
export const xavierUniform =
  (fanOut?: number): WeightInit =>
  (random, shape) => {
    const [fanIn = 1, out = 1] = shape;
    const bound = Math.sqrt(6 / (fanIn + (fanOut ?? out)));
    return uniform(-bound, bound)(random, shape);
  };

/** {@link initParams} as typed arrays. */
export function drawWeights(
  specs: WeightSpecs,
  seed: number,
): Record<string, TypedTensor & { data: Float32Array }> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, init, drawAs }]) => [
      name,
      { shape, data: init(new Random(deriveSeed(seed, drawAs ?? name)), shape) },
    ]),
  );
}

/**
 * Draws every weight from its own seed, so that a new weight does not change the rest. Equal on every backend.
 *
 * @param specs - Shapes and draws, such as those of `classQuerySpecs`.
 * @param seed - Whole number; equal seeds give equal weights.
 * @returns Tensors by the names of `specs`; the caller disposes them.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { classQuerySpecs, initParams } from '@mint/inr';
 *
 * const config = { classes: 3, channels: 20, grid: [4, 4], hidden: 32, decoderLayers: 2 } as const;
 * const params = initParams(classQuerySpecs(config), 1);
 * console.log(params.classEmbedding?.shape); // [ 3, 64 ]
 * tf.dispose(params);
 * ```
 */
export function initParams(specs: WeightSpecs, seed: number): Record<string, Tensor> {
  return toTensors(drawWeights(specs, seed));
}

/**
 * Typed arrays to tensors: int32 from an `Int32Array`, float32 from any other; the caller disposes them.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { toTensors } from '@mint/backbone';
 *
 * const { bias } = toTensors({ bias: { shape: [2], data: Float32Array.of(0.5, 1) } });
 * console.log(bias?.shape, bias?.dataSync()); // [ 2 ] Float32Array(2) [ 0.5, 1 ]
 * ```
 */
export function toTensors(weights: Readonly<Record<string, TypedTensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      tensor(
        data[Symbol.toStringTag] === 'Float64Array' ? Float32Array.from(data) : data,
        [...shape],
        data[Symbol.toStringTag] === 'Int32Array' ? 'int32' : 'float32',
      ),
    ]),
  );
}

/**
 * The weight called `name`.
 *
 * @throws MintError `MISSING_WEIGHT` when it is missing, `SHAPE_MISMATCH` when it has another shape than `shape`.
 */
export function param(params: Params, name: string, shape?: readonly number[]): Tensor {
  const value = params[name];
  if (value === undefined) {
    throw new MintError(
      'MISSING_WEIGHT',
      `weight '${name}' is missing; there are: ${Object.keys(params).slice(0, 8).join(', ')}, …`,
    );
  }
  if (shape !== undefined && value.shape.join() !== shape.join()) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `weight '${name}' must have shape ${formatShape(shape)}, got ${formatShape(value.shape)}.`,
    );
  }
  return value;
}

/** The weights whose names start with `prefix`, by their names without it. */
export function subParams<T>(params: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    ),
  );
}

/** The same weights, by their names with `prefix` before them. */
export function prefixed<T>(prefix: string, params: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [`${prefix}${name}`, value]));
}
