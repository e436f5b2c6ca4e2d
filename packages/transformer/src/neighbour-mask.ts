import * as tf from '@tensorflow/tfjs-core';

/** In place of −∞: low enough to vanish in softmax, and finite in float32. */
const BLOCKED = -1e9;

/**
 * UniAD's neighbour mask: a query may not see the keys within half a window of it, its own included. An even window acts
 * like the next odd one.
 *
 * @param grid - Rows and columns of the tokens, N = rows · columns.
 * @param window - Rows and columns of the neighbourhood, in tokens.
 * @returns `[N·N]` row-major, query by key: 1 where blocked, 0 where visible.
 * @see You et al., "A Unified Model for Multi-class Anomaly Detection", NeurIPS 2022.
 *
 * @example
 * ```ts
 * import { neighbourMask } from '@mint/transformer';
 *
 * const mask = neighbourMask([1, 4], [1, 3]); // four tokens in a row
 * console.log(mask.slice(0, 4), mask.slice(4, 8));
 * // Uint8Array(4) [ 1, 1, 0, 0 ] Uint8Array(4) [ 1, 1, 1, 0 ]
 * ```
 */
export function neighbourMask(
  [rows, cols]: readonly [number, number],
  [windowRows, windowCols]: readonly [number, number],
): Uint8Array {
  const n = rows * cols;
  const [dy, dx] = [Math.floor(windowRows / 2), Math.floor(windowCols / 2)];
  const mask = new Uint8Array(n * n);
  for (let query = 0; query < n; query++) {
    const [r, c] = [Math.floor(query / cols), query % cols];
    for (let y = Math.max(0, r - dy); y <= Math.min(rows - 1, r + dy); y++) {
      for (let x = Math.max(0, c - dx); x <= Math.min(cols - 1, c + dx); x++)
        mask[query * n + y * cols + x] = 1;
    }
  }
  return mask;
}

const cache = new Map<string, Float32Array>();

/**
 * {@link neighbourMask} as a tensor to add to attention scores.
 *
 * @param grid - Rows and columns of the tokens, N = rows · columns.
 * @param window - Rows and columns of the neighbourhood, in tokens.
 * @returns `[N, N]` float32, query by key: 0 where visible, −1e9 where blocked; the caller disposes it.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { additiveMask } from '@mint/transformer';
 *
 * // No token sees itself.
 * console.log(additiveMask([1, 3], [1, 1]).arraySync());
 * // [ [ -1000000000, 0, 0 ], [ 0, -1000000000, 0 ], [ 0, 0, -1000000000 ] ]
 * ```
 */
export function additiveMask(
  grid: readonly [number, number],
  window: readonly [number, number],
): tf.Tensor2D {
  const key = `${grid}/${window}`;
  const values =
    cache.get(key) ??
    Float32Array.from(neighbourMask(grid, window), (blocked) => (blocked === 1 ? BLOCKED : 0));
  cache.set(key, values);
  const n = grid[0] * grid[1];
  return tf.tensor2d(values, [n, n]);
}
