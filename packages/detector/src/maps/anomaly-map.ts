import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';

/** Side of the average-pooling window before the maximum, in pixels (UniAD's evaluation code). */
export const POOL = 16;

/**
 * Anomaly map: length of the residual between features and their reconstruction, one value per token.
 *
 * @param residual - `[B, N, C]`, reconstruction minus clean tokens.
 * @param whitening - From {@link whiteningMatrix}: `[C, C]`, or `[B, C, C]`, one for each image. Without it the length is
 * Euclidean.
 * @returns `[B, rows, cols]`, larger is more anomalous.
 *
 * @example
 * ```ts
 * import { imageScore, tokenMap, upsample, whiteningMatrix } from '@mint/detector';
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const residual = tf.tensor3d([0, 0, 3, 4, 0, 0, 0, 0], [1, 4, 2]); // one image, 2 x 2 tokens, 2 channels
 * const map = tokenMap(residual, [2, 2]);
 * console.log(await map.array()); // [ [ [ 0, 5 ], [ 0, 0 ] ] ]
 * const full = upsample(map, 32, 32);
 * console.log(full.shape, (await imageScore(full, 'max').data()).length); // [ 1, 32, 32 ] 1
 *
 * const whitening = whiteningMatrix(Float64Array.of(9, 0, 0, 16), 2); // second moments of residuals, 2 x 2
 * const whitened = await tf.max(tokenMap(residual, [2, 2], tf.tensor(whitening, [2, 2]))).data();
 * console.log(whitened[0]?.toFixed(2)); // 1.41
 * ```
 */
export function tokenMap(
  residual: tf.Tensor3D,
  [rows, cols]: readonly [number, number],
  whitening?: tf.Tensor,
): tf.Tensor3D {
  return tf.tidy(() => {
    const scaled = whitening === undefined ? residual : tf.matMul(residual, whitening);
    return tf.reshape(tf.sqrt(tf.sum(tf.square(scaled), 2)), [-1, rows, cols]);
  });
}

/**
 * Bilinear: `[B, rows, cols]` to `[B, height, width]`. No smoothing.
 *
 * See the example of {@link tokenMap}.
 *
 * @param upsampling - Where the tokens lie; see {@link DetectorConfig.upsampling}.
 */
export function upsample(
  map: tf.Tensor3D,
  height: number,
  width: number,
  upsampling: DetectorConfig['upsampling'] = 'corners',
): tf.Tensor3D {
  return tf.tidy(() => {
    const maps = tf.expandDims(map, 3) as tf.Tensor4D;
    const aligned = upsampling === 'corners';
    return tf.squeeze(tf.image.resizeBilinear(maps, [height, width], aligned, !aligned), [3]);
  });
}

/**
 * One score per image from its anomaly map.
 *
 * See the example of {@link tokenMap}.
 *
 * @param map - `[B, H, W]` at image size.
 * @param kind - See {@link DetectorConfig.score}. Maps smaller than 16 pixels are pooled whole.
 * @returns `[B]`.
 */
export function imageScore(map: tf.Tensor3D, kind: DetectorConfig['score']): tf.Tensor1D {
  return tf.tidy(() => {
    if (kind === 'mean') return tf.mean(map, [1, 2]);
    if (kind === 'std')
      return tf.sqrt(tf.mean(tf.squaredDifference(map, tf.mean(map, [1, 2], true)), [1, 2])) as tf.Tensor1D;
    const window: [number, number] = [Math.min(POOL, map.shape[1]), Math.min(POOL, map.shape[2])];
    const pooled = tf.avgPool(tf.expandDims(map, 3) as tf.Tensor4D, window, 1, 'valid');
    return tf.max(pooled, [1, 2, 3]);
  });
}
