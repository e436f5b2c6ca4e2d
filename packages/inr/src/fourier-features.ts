import * as tf from '@tensorflow/tfjs-core';
import { coordinateGrid } from './coordinate-grid.js';

/** Highest number of waves across the grid on each axis; 14 cells can hold 6.5. */
const WAVES = 3;

/** Number of features: sine and cosine of each of the 24 waves. */
export const FOURIER_FEATURES = (2 * WAVES + 1) ** 2 - 1;

/**
 * Sines and cosines of whole waves across the grid: `sin(π·(a·y + b·x))` and `cos(…)` for all a and b from −3 to 3 but (0, 0),
 * one of each pair (a, b) and (−a, −b). Tancik et al. draw the frequencies; a full set of low ones needs no seed (our
 * decision).
 *
 * @param rows - Rows of the grid, at least 1.
 * @param cols - Columns of the grid, at least 1.
 * @returns `[rows·cols, 48]` float32, row-major; the caller disposes it.
 * @throws MintError `INVALID_ARGUMENT` unless both sizes are positive integers.
 * @see Tancik et al., NeurIPS 2020, https://arxiv.org/abs/2006.10739.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { fourierFeatures } from '@mint/inr';
 *
 * console.log(fourierFeatures(14, 14).shape); // [ 196, 48 ]
 * ```
 */
export function fourierFeatures(rows: number, cols: number): tf.Tensor2D {
  return tf.tidy(() => {
    const pairs: [number, number][] = [];
    for (let a = 0; a <= WAVES; a++)
      for (let b = -WAVES; b <= WAVES; b++) if (a > 0 || b > 0) pairs.push([Math.PI * a, Math.PI * b]);
    const phases = tf.matMul(coordinateGrid(rows, cols), tf.tensor2d(pairs), false, true);
    return tf.concat([tf.sin(phases), tf.cos(phases)], 1) as tf.Tensor2D;
  });
}
