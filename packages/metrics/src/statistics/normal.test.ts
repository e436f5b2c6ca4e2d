import { expect, test } from 'vitest';
import { twoSidedP } from './normal.js';

// scipy.special.erfc(z / sqrt(2))
test.each([
  [0, 1],
  [1e-9, 0.9999999992021155],
  [0.5, 0.6170750774519739],
  [1.959963984540054, 0.050000000000000024],
  [2.8, 0.005110260660855875],
  [2.9, 0.003731626600768075],
  [5, 5.73303143758389e-7],
  [12, 3.552964224155409e-33],
  [-3, 0.0026997960632601918],
])('p of %d', (z, p) => {
  expect(Math.abs(twoSidedP(z) - p)).toBeLessThanOrEqual(1e-13 * p);
});
