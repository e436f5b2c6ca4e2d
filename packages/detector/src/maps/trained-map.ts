import * as tf from '@tensorflow/tfjs-core';
import { tokenMap } from './anomaly-map.js';
import { type PlaceTensors, placeMap } from './place-map.js';

/** What residuals are measured with; the Euclidean length without either. */
interface MapTensors {
  /** `[C, C]`, or `[K, C, C]` by class; for an added class its own. */
  readonly whitening?: tf.Tensor | undefined;
  readonly placeWhitening?: PlaceTensors | undefined;
}

/**
 * Anomaly map of images of the trained classes. Where the measure depends on the class, that of the recognised class counts.
 *
 * @param residual - `[B, N, C]`, reconstruction minus clean tokens.
 * @param posterior - `[B, K]`; absent in UniAD.
 * @returns `[B, rows, cols]`, larger is more anomalous.
 */
export function trainedMap(
  residual: tf.Tensor3D,
  grid: readonly [number, number],
  { whitening, placeWhitening }: MapTensors,
  posterior: tf.Tensor2D | undefined,
): tf.Tensor3D {
  return tf.tidy(() => {
    const recognised = posterior && tf.argMax<tf.Tensor1D>(posterior, 1);
    if (recognised === undefined) return tokenMap(residual, grid, whitening);
    if (placeWhitening !== undefined) return placeMap(residual, grid, placeWhitening, recognised);
    return tokenMap(residual, grid, whitening?.rank === 3 ? tf.gather(whitening, recognised) : whitening);
  });
}

/**
 * Anomaly map of images of an added class, by what was measured on that class alone.
 *
 * @param residual - As for {@link trainedMap}, with the prompt of the class.
 */
export function addedMap(
  residual: tf.Tensor3D,
  grid: readonly [number, number],
  { whitening, placeWhitening }: MapTensors,
): tf.Tensor3D {
  if (placeWhitening === undefined) return tokenMap(residual, grid, whitening);
  return tf.tidy(() => placeMap(residual, grid, placeWhitening, tf.zeros([residual.shape[0]], 'int32')));
}
