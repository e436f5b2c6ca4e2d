import { recalibrate } from '@mint/trainer';
import { expect, test } from 'vitest';
import { inFlags } from './in-flags.js';

test('errors of the library name flags in place of arguments; other errors stay', () => {
  const scores = { normalScores: { gear: [1, 2] }, normalMaxima: { gear: [1, 2] } };
  const calibration = {
    alpha: 0.5,
    thresholds: { gear: { image: 2, pixel: 2 } },
    heatScale: [0, 1],
    heatScales: {},
    ...scores,
  } as const;
  const change = () => recalibrate(calibration, { fit: [], heldOut: [], test: [] }, { alpha: 0.1 });
  expect(change).toThrow(
    /^recalibrate: `alpha` 0\.1: .* choose a higher `alpha`, or add good images \(`added`\)\.$/,
  );
  expect(() => inFlags(change)).toThrow(
    /^mint calibrate: --alpha 0\.1: .* choose a higher --alpha, or add good images \(--add\)\.$/,
  );
  const other = new TypeError('`alpha`');
  expect(() =>
    inFlags(() => {
      throw other;
    }),
  ).toThrow(other);
  expect(inFlags(() => 3)).toBe(3);
});
