import { sha256 } from '@mint/internal/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shuffledOrder } from '../index.js';

describe('shuffledOrder()', () => {
  // Frozen: a checkpoint resumed with another release must find its place in the data.
  test('keeps the order it had', () => {
    expect(shuffledOrder(10, 133, 0)).toEqual([5, 4, 7, 2, 8, 0, 1, 9, 3, 6]);
    expect(sha256(Int32Array.from(shuffledOrder(1000, 7, 3)).join())).toBe(
      '07ee4ef5ad6eecc8ce7320969d4991b56bd3b4bf1fb606c2ac319b506a642996',
    );
  });

  test('is a permutation, another one for each epoch and seed', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), fc.nat(1000), (n, seed, epoch) => {
        const order = shuffledOrder(n, seed, epoch);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 100, seed: 1 },
    );
    const orders = [shuffledOrder(50, 1, 0), shuffledOrder(50, 1, 1), shuffledOrder(50, 2, 0)].map(String);
    expect(new Set(orders).size).toBe(3);
  });

  test.each([
    [-1, 0, 0],
    [3, 0.5, 0],
    [3, 0, -1],
  ])('refuses n %d, seed %d, epoch %d', (n, seed, epoch) => {
    expect(() => shuffledOrder(n, seed, epoch)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
