import { assertPositiveInt } from '@mint/internal';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';

/** `count` equally spaced values from −1 to 1, both included; 0 when there is only one. */
function axis(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : (2 * i) / (count - 1) - 1));
}

/**
 * Coordinates (y, x) of every token of a grid, in row-major order (our decision).
 *
 * @param rows - Rows of the grid, at least 1.
 * @param cols - Columns of the grid, at least 1.
 * @returns `[rows·cols, 2]` float32 in [−1, 1]: −1 is the first row (column), 1 the last, equally spaced.
 * An axis of size 1 has the coordinate 0, its centre.
 * @throws MintError `INVALID_ARGUMENT` unless both sizes are positive integers.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { coordinateGrid } from '@mint/inr';
 *
 * console.log(coordinateGrid(2, 3).arraySync());
 * // [ [ -1, -1 ], [ -1, 0 ], [ -1, 1 ], [ 1, -1 ], [ 1, 0 ], [ 1, 1 ] ]
 * ```
 */
export function coordinateGrid(rows: number, cols: number): Tensor2D {
  assertPositiveInt('coordinateGrid', 'rows', rows);
  assertPositiveInt('coordinateGrid', 'cols', cols);
  const xs = axis(cols);
  return tensor2d(
    axis(rows).flatMap((y) => xs.flatMap((x) => [y, x])),
    [rows * cols, 2],
  );
}
