import * as tf from '@tensorflow/tfjs-core';
import type { LearnedPositions, RotaryPositions } from './config.js';

/** Cubic convolution (Keys 1981): `a` is −0.75 in PyTorch's plain bicubic, −0.5 with antialiasing. */
function cubic(x: number, a: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

/** One row of weights over the `from` places of the table for each of the `to` new ones: `[to, from]` row-major. */
function resampling(from: number, to: number, resample: LearnedPositions['resample']): Float32Array {
  const weights = new Float32Array(to * from);
  const scale = from / (resample === 'offset' ? to + 0.1 : to);
  for (let i = 0; i < to; i++) {
    const row = weights.subarray(i * from, (i + 1) * from);
    if (resample === 'offset') plainRow(row, (i + 0.5) * scale - 0.5);
    else antialiasedRow(row, (i + 0.5) * scale, Math.max(scale, 1));
  }
  return weights;
}

/** Four taps around `source`; those outside the table fall on its border. */
function plainRow(row: Float32Array, source: number): void {
  const first = Math.floor(source) - 1;
  for (let tap = first; tap < first + 4; tap++) {
    const at = Math.min(Math.max(tap, 0), row.length - 1);
    row[at] = (row[at] as number) + cubic(source - tap, -0.75);
  }
}

/** Taps within two places, widened by `scale` when shrinking; those outside the table count for nothing. */
function antialiasedRow(row: Float32Array, center: number, scale: number): void {
  const support = 2 * scale;
  const begin = Math.max(Math.trunc(center - support + 0.5), 0);
  const end = Math.min(Math.trunc(center + support + 0.5), row.length);
  const taps = Array.from({ length: end - begin }, (_, k) => cubic((begin + k - center + 0.5) / scale, -0.5));
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  taps.forEach((tap, k) => {
    row[begin + k] = tap / total;
  });
}

/**
 * A learned table of positions, resampled as PyTorch's `interpolate(mode='bicubic')` does. Both axes are matrix products:
 * resampling is linear.
 *
 * @param table - `[rows·cols, C]` of the trained grid.
 * @param to - Rows and columns of the input's grid.
 * @returns `[to rows · to cols, C]`.
 */
export function resamplePositions(
  table: tf.Tensor,
  { grid: [rows, cols], resample }: LearnedPositions,
  to: readonly [number, number],
): tf.Tensor {
  if (rows === to[0] && cols === to[1]) return table;
  const channels = table.shape[1] as number;
  return tf.tidy(() => {
    const vertical = tf.tensor2d(resampling(rows, to[0], resample), [to[0], rows]);
    const horizontal = tf.tensor2d(resampling(cols, to[1], resample), [to[1], cols]);
    const high = tf.reshape(tf.matMul(vertical, tf.reshape(table, [rows, cols * channels])), [
      to[0],
      cols,
      channels,
    ]);
    const turned = tf.reshape(tf.transpose(high, [1, 0, 2]), [cols, to[0] * channels]); // [cols, to rows · C]
    const both = tf.reshape(tf.matMul(horizontal, turned), [to[1], to[0], channels]);
    return tf.reshape(tf.transpose(both, [1, 0, 2]), [to[0] * to[1], channels]);
  });
}

/** Cosines and sines of {@link rotate}, `[tokens, 1, d]` each. */
export interface Rotation {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
}

/**
 * DINOv3's rotary positions (Siméoni et al. 2025): row and column of a patch, from −1 to 1 between the borders of the image,
 * each at d/4 frequencies.
 *
 * @param grid - Rows and columns of patches.
 * @param prefix - Tokens before the patches, which have no place and are not rotated.
 * @param channels - Channels of a head, d.
 */
export function rotaryTables(
  { temperature }: RotaryPositions,
  [rows, cols]: readonly [number, number],
  prefix: number,
  channels: number,
): Rotation {
  const quarter = channels / 4;
  const angles = new Float64Array((prefix + rows * cols) * channels);
  for (let n = 0; n < rows * cols; n++) {
    const place = [(Math.floor(n / cols) + 0.5) / rows, ((n % cols) + 0.5) / cols];
    for (let c = 0; c < channels; c++) {
      // The second half of a head's channels repeats the first: they are the two parts of each rotated pair.
      const [axis, step] = [Math.floor(c / quarter) % 2, c % quarter];
      const period = temperature ** (step / quarter);
      angles[(prefix + n) * channels + c] = (2 * Math.PI * (2 * (place[axis] as number) - 1)) / period;
    }
  }
  const shape: [number, number, number] = [prefix + rows * cols, 1, channels];
  return {
    cos: tf.tensor3d(Float32Array.from(angles, Math.cos), shape),
    sin: tf.tensor3d(Float32Array.from(angles, Math.sin), shape),
  };
}

/** Rotates the pairs (c, c + d/2) of each token's channels. @param x - `[B, tokens, heads, d]`. */
export function rotate(x: tf.Tensor, { cos, sin }: Rotation): tf.Tensor {
  const [first, second] = tf.split(x, 2, 3) as [tf.Tensor, tf.Tensor];
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(second), first], 3), sin));
}
