import * as tf from '@tensorflow/tfjs-core';

/** Stands for −∞: large enough to vanish in softmax, small enough to stay finite in float32. */
const BLOCKED = -1e9;

/**
 * Which keys a query may not see: those within half a window of it, itself included (UniAD's neighbour mask).
 * An even window acts like the next odd one.
 *
 * @returns `[N·N]` row-major, query by key, 1 = blocked.
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

/** The mask as an `[N, N]` tensor to add to attention scores: 0 where visible, −1e9 where blocked. */
export function additiveMask(
  grid: readonly [number, number],
  window: readonly [number, number],
): tf.Tensor2D {
  const key = `${grid}/${window}`;
  const values =
    cache.get(key) ?? Float32Array.from(neighbourMask(grid, window), (blocked) => blocked * BLOCKED);
  cache.set(key, values);
  const n = grid[0] * grid[1];
  return tf.tensor2d(values, [n, n]);
}
