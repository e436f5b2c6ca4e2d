import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Sample, splitHoldout } from '../index.js';

describe('splitHoldout()', () => {
  const make = (className: string, n: number): Sample[] =>
    Array.from({ length: n }, (_, i) => ({
      id: `${className}/train/good/${i}`,
      className,
      classIndex: 0,
      split: 'train',
      label: 'normal',
    }));
  const ids = (samples: readonly Sample[]) => samples.map(({ id }) => id);

  test('splits each class in the requested share, whatever the order of the samples', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0.01, max: 0.95, noNaN: true }),
        fc.nat(),
        (a, b, fraction, seed) => {
          const samples = [...make('a', a), ...make('b', b)];
          const { fit, holdout } = splitHoldout(samples, fraction, seed);
          for (const [name, n] of [
            ['a', a],
            ['b', b],
          ] as const) {
            const held = holdout.filter(({ className }) => className === name).length;
            expect(held).toBe(n === 1 ? 0 : Math.min(n - 1, Math.max(1, Math.round(fraction * n))));
          }
          expect(new Set([...ids(fit), ...ids(holdout)]).size).toBe(a + b);
          expect(fit.length + holdout.length).toBe(a + b);
          const reversed = splitHoldout([...samples].reverse(), fraction, seed);
          expect(ids(reversed.holdout).reverse()).toEqual(ids(holdout));
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  test('adding a class does not change the other classes', () => {
    const alone = splitHoldout(make('a', 20), 0.2, 3).holdout;
    const together = splitHoldout([...make('0', 9), ...make('a', 20)], 0.2, 3).holdout;
    expect(ids(together.filter(({ className }) => className === 'a'))).toEqual(ids(alone));
    expect(ids(splitHoldout(make('a', 20), 0.2, 4).holdout)).not.toEqual(ids(alone));
  });

  test('holds nothing out for 0 and refuses 1', () => {
    expect(splitHoldout(make('a', 5), 0, 1).holdout).toEqual([]);
    expect(() => splitHoldout(make('a', 5), 1, 1)).toThrow('`fraction` must lie in [0, 1), got 1');
  });
});
