import { assertInt, deriveSeed, Random } from '@mint/internal';

/**
 * Indices 0 … n − 1 in the seeded order of one epoch (Fisher-Yates over xoshiro128**). The order is the same on every
 * machine, so a resumed run finds its place again from `seed` and `epoch` alone.
 *
 * @throws MintError `INVALID_ARGUMENT` unless `n` and `epoch` are integers of at least 0 and `seed` an integer.
 *
 * @example
 * ```ts
 * import { shuffledOrder } from '@mint/data';
 *
 * console.log(shuffledOrder(5, 0, 0), shuffledOrder(5, 0, 1)); // [ 4, 3, 1, 2, 0 ] [ 4, 1, 3, 2, 0 ]
 * ```
 */
export function shuffledOrder(n: number, seed: number, epoch: number): number[] {
  assertInt('shuffledOrder', 'n', n, 0);
  assertInt('shuffledOrder', 'seed', seed, Number.MIN_SAFE_INTEGER);
  assertInt('shuffledOrder', 'epoch', epoch, 0);
  return new Random(deriveSeed(seed, 'order', epoch)).shuffle(Array.from({ length: n }, (_, i) => i));
}
