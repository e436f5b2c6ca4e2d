import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';

/** Beyond this a coarse place is most of the image. */
export const MOST_SCALES = 4;

/**
 * Refuses scales that the map or the grid cannot have.
 *
 * @param who - How the message starts.
 * @throws MintError `INVALID_ARGUMENT`.
 */
export function assertScales(
  { scales = 1, map, grid }: Pick<DetectorConfig, 'scales' | 'map' | 'grid'>,
  who: string,
): void {
  const refuse = (problem: string): never => {
    throw new MintError('INVALID_ARGUMENT', `${who}: ${problem}`);
  };
  if (!Number.isInteger(scales) || scales < 1 || scales > MOST_SCALES)
    refuse(`\`scales\` must be an integer from 1 to ${MOST_SCALES}, got ${scales}.`);
  if (scales > 1 && map !== 'whitened-by-class-and-place')
    refuse(`${scales} scales need the map 'whitened-by-class-and-place', got '${map}'.`);
  const [uneven] = grid.filter((side) => side % 2 ** (scales - 1) !== 0);
  if (uneven !== undefined)
    refuse(
      `with ${scales} scales rows and columns of the grid must be multiples of ${2 ** (scales - 1)}, got ${uneven}.`,
    );
}

/** Grids of a map at several scales: the token grid, then again and again one half as fine. */
export const scaleGrids = (
  [rows, cols]: readonly [number, number],
  scales: number,
): (readonly [number, number])[] =>
  Array.from({ length: scales }, (_, s) => [rows / 2 ** s, cols / 2 ** s] as const);

/**
 * Places of all scales together.
 *
 * See the example of {@link withCoarser}.
 *
 * @param grid - Rows and columns of the token grid.
 */
export const scalePlaces = (grid: readonly [number, number], scales: number): number =>
  scaleGrids(grid, scales).reduce((sum, [rows, cols]) => sum + rows * cols, 0);

/**
 * Vectors of tokens, and behind them those of each coarser scale: means over two by two places.
 *
 * @param tokens - `[B, N, d]`.
 * @param grid - Rows and columns of the token grid, multiples of 2 to the power of the scales less one.
 * @returns `[B, scalePlaces(grid, scales), d]`.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import { scalePlaces, withCoarser } from '@mint/detector';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const tokens = tf.tensor3d([1, 2, 3, 6], [1, 4, 1]); // one image, 2 x 2 tokens, one number each
 * console.log(scalePlaces([2, 2], 2)); // 5
 * console.log(await withCoarser(tokens, [2, 2], 2).array()); // [ [ [ 1 ], [ 2 ], [ 3 ], [ 6 ], [ 3 ] ] ]
 * ```
 */
export function withCoarser(
  tokens: tf.Tensor3D,
  [rows, cols]: readonly [number, number],
  scales: number,
): tf.Tensor3D {
  if (scales === 1) return tokens;
  return tf.tidy(() => {
    const [batch, , width] = tokens.shape;
    const parts = [tokens];
    let grid = tf.reshape(tokens, [batch, rows, cols, width]) as tf.Tensor4D;
    for (let s = 1; s < scales; s++) {
      grid = tf.avgPool(grid, 2, 2, 'valid');
      parts.push(tf.reshape(grid, [batch, -1, width]));
    }
    return tf.concat(parts, 1);
  });
}

/**
 * One map of all scales: coarser values are enlarged to the token grid, and a weighted mean is taken. Each scale counts √½ of the
 * one that is twice as fine (our decision).
 *
 * @param values - `[B, scalePlaces(grid, scales)]`.
 * @returns `[B, rows, cols]`.
 */
export function joinScales(
  values: tf.Tensor2D,
  [rows, cols]: readonly [number, number],
  scales: number,
): tf.Tensor3D {
  if (scales === 1) return tf.reshape(values, [-1, rows, cols]);
  return tf.tidy(() => {
    let from = 0;
    const weights = Array.from({ length: scales }, (_, s) => Math.SQRT1_2 ** s);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const maps = scaleGrids([rows, cols], scales).map(([height, width], s) => {
      const own = tf.slice(values, [0, from], [-1, height * width]);
      from += height * width;
      const map = tf.reshape(own, [-1, height, width, 1]) as tf.Tensor4D;
      const enlarged = s === 0 ? map : tf.image.resizeBilinear(map, [rows, cols], false, true);
      return tf.mul(enlarged, (weights[s] as number) / total);
    });
    return tf.squeeze(tf.addN(maps), [3]);
  });
}
