import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tickLabels } from './ticks.js';

test.each([
  [4.1, 11.7, 5, ['4.1', '6.0', '7.9', '9.8', '11.7']],
  [0, 1, 5, ['0.00', '0.25', '0.50', '0.75', '1.00']],
  [-20, 180, 3, ['-20', '80', '180']],
  [1000.01, 1000.07, 5, ['1000.010', '1000.025', '1000.040', '1000.055', '1000.070']],
  [0, 4e-9, 5, ['0.0e+0', '1.0e-9', '2.0e-9', '3.0e-9', '4.0e-9']],
  [-1e12, 1e12, 3, ['-1.0e+12', '0.0e+0', '1.0e+12']],
])('labels of %d to %d', (low, high, count, labels) => {
  expect(tickLabels(low, high, count)).toEqual(labels);
});

test('labels tell the values apart and are close to them', () => {
  const value = fc
    .tuple(fc.double({ noNaN: true, min: -10, max: 10 }), fc.integer({ min: -30, max: 30 }))
    .map(([digits, exponent]) => digits * 10 ** exponent);
  fc.assert(
    fc.property(value, value, fc.integer({ min: 2, max: 5 }), (a, b, count) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      fc.pre(high - low > 1e-10 * Math.max(Math.abs(low), Math.abs(high), 1e-30));
      const labels = tickLabels(low, high, count);
      expect(new Set(labels.map(Number)).size).toBe(count);
      labels.forEach((label, i) => {
        const step = (high - low) / (count - 1);
        expect(Math.abs(Number(label) - (low + i * step))).toBeLessThanOrEqual(0.051 * step);
      });
    }),
    { numRuns: 500, seed: 1 },
  );
});
