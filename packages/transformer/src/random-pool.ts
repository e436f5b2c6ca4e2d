import { assertProbability, deriveSeed, MintError, Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/** Number of values in a pool: 1.7 times the largest mask of the full-size network at batch size 8. */
const POOL_SIZE = 2 ** 22;

/** Longest window. A larger tensor is several windows, so that each has a million places to begin at. */
const WINDOW = (POOL_SIZE / 4) * 3;

/** A tensor of random values of the given shape, fresh ones at each call; the caller disposes it. */
export type RandomSource = (shape: readonly number[]) => tf.Tensor;

/**
 * Random numbers for training steps, at the price of a copy. A step of the full-size network needs some 30 million
 * numbers; drawing each of them in JavaScript would take longer than the network. So a pool is drawn once, and each request
 * gets a window of it, at an offset that follows from the seed, the step, and the number of the request in the step. The
 * windows of two requests may overlap, but at different places: a value meets a different unit each time (our decision).
 *
 * The numbers are the same on every backend. An exact resume needs nothing but the step number.
 */
export interface RandomPool {
  /** The source of one training step. */
  step(step: number): RandomSource;
  /** Frees the pool. */
  dispose(): void;
}

/** The dropout masks of one training step. */
export interface DropoutSource {
  /** A mask of this shape: 0 where a value is dropped, 1/(1 − rate) where it stays; the caller disposes it. */
  mask(shape: readonly number[]): tf.Tensor;
}

function createPool(seed: number, draw: (random: Random) => number): RandomPool {
  const random = new Random(seed);
  const values = new Float32Array(POOL_SIZE);
  for (let i = 0; i < POOL_SIZE; i++) values[i] = draw(random);
  const pool = tf.keep(tf.tensor1d(values));
  return {
    step: (step) => {
      let request = 0;
      return (shape) => {
        const size = shape.reduce((product, d) => product * d, 1);
        return tf.tidy(() => {
          const windows: tf.Tensor1D[] = [];
          for (let done = 0; windows.length === 0 || done < size; done += WINDOW) {
            const length = Math.min(WINDOW, size - done);
            const offset = deriveSeed(seed, step, request++) % (POOL_SIZE - length + 1);
            windows.push(tf.slice(pool, [offset], [length]));
          }
          return tf.reshape(tf.concat(windows), [...shape]);
        });
      };
    },
    dispose: () => pool.dispose(),
  };
}

/**
 * Standard normal numbers, for `jitter` of `@mint/transformer`.
 *
 * @param seed - Whole number; equal seeds give equal numbers at equal steps.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { createNoise } from '@mint/transformer';
 *
 * const noise = createNoise(1);
 * const draw = noise.step(7); // the source of training step 7
 * console.log(draw([8, 196, 272]).shape); // [ 8, 196, 272 ]
 * noise.dispose();
 * ```
 */
export function createNoise(seed: number): RandomPool {
  return createPool(deriveSeed(seed, 'noise'), (random) => random.normal());
}

/** Dropout masks for training steps; see {@link RandomPool}. */
export interface DropoutPool {
  /** The masks of one training step. */
  step(step: number): DropoutSource;
  /** Frees the pool. */
  dispose(): void;
}

/**
 * Dropout masks for training; see {@link RandomPool}.
 *
 * @param rate - Share of values dropped, in [0, 1).
 * @param seed - Whole number; equal seeds give equal masks at equal steps.
 * @throws MintError `INVALID_ARGUMENT` for a rate outside [0, 1).
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { createDropout } from '@mint/transformer';
 *
 * const dropout = createDropout(0.5, 1);
 * const mask = dropout.step(0).mask([1000]);
 * const values = new Set(mask.dataSync());
 * console.log([...values].sort()); // [ 0, 2 ]
 * dropout.dispose();
 * ```
 */
export function createDropout(rate: number, seed: number): DropoutPool {
  assertProbability('createDropout', 'rate', rate);
  if (rate === 1) throw new MintError('INVALID_ARGUMENT', 'createDropout: `rate` must be below 1, got 1.');
  const kept = 1 / (1 - rate);
  const pool = createPool(deriveSeed(seed, 'dropout'), (random) => (random.uniform() < rate ? 0 : kept));
  return { step: (step) => ({ mask: pool.step(step) }), dispose: () => pool.dispose() };
}
