import * as tf from '@tensorflow/tfjs-core';
import type { PlaceWhitening } from './place-whitening.js';
import { joinScales, withCoarser } from './scales.js';
import { triangleIndex, triangleSize } from './triangle.js';

/** Columns of a panel. Narrower ones hold fewer zeros, but there are more of them to multiply with. */
const PANEL = 32;

/** {@link PlaceWhitening} on the backend. */
export type PlaceTensors = {
  /** `[C, d]`. */
  readonly directions: tf.Tensor2D;
  /**
   * `[K, N, b, b − a]`: columns a to b of the transposed L⁻¹ of each class and token, without the rows from b on, which are
   * zero. Tokens of coarser scales stand behind those of the grid.
   */
  readonly panels: tf.Tensor4D[];
  /** Scales that the map is made of. */
  readonly scales: number;
};

/** Uploads a whitening by class and place. @param classes - Trained classes, K. */
export function uploadPlaces(
  { directions, triangles, shared }: PlaceWhitening,
  channels: number,
  classes: number,
): PlaceTensors {
  const width = directions.length / channels;
  const panels: tf.Tensor4D[] = [];
  for (let from = 0; from < width; from += PANEL)
    panels.push(panelOf(triangles, width, classes, from, Math.min(width, from + PANEL)));
  const scales = shared.length / triangleSize(width);
  return { directions: tf.tensor2d(directions, [channels, width]), panels, scales };
}

function panelOf(
  triangles: Float32Array,
  width: number,
  classes: number,
  from: number,
  to: number,
): tf.Tensor4D {
  const size = triangleSize(width);
  const matrices = triangles.length / size;
  const columns = to - from;
  const panel = new Float32Array(matrices * to * columns);
  for (let m = 0; m < matrices; m++) {
    for (let column = from; column < to; column++) {
      const source = m * size + triangleIndex(column, 0);
      let target = m * to * columns + column - from;
      for (let row = 0; row <= column; row++, target += columns)
        panel[target] = triangles[source + row] as number;
    }
  }
  return tf.tensor4d(panel, [classes, matrices / classes, to, columns]);
}

/**
 * Anomaly map: Mahalanobis length of the residual under the covariance of a class at each token. At several scales a weighted
 * mean of such maps: of the residuals, and of their means over two by two tokens, and so on.
 *
 * @param residual - `[B, N, C]`, reconstruction minus clean tokens.
 * @param classes - `[B]` int32: index of the class of each image.
 * @returns `[B, rows, cols]`, larger is more anomalous.
 */
export function placeMap(
  residual: tf.Tensor3D,
  grid: readonly [number, number],
  { directions, panels, scales }: PlaceTensors,
  classes: tf.Tensor1D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const width = directions.shape[1];
    const own = tf.matMul(residual, directions as tf.Tensor) as tf.Tensor3D;
    const places = panels[0]?.shape[1] ?? 0;
    const projected = tf.reshape(withCoarser(own, grid, scales), [-1, places, 1, width]);
    const squares = panels.map((panel) => {
      const visible = tf.slice(projected, [0, 0, 0, 0], [-1, -1, -1, panel.shape[2]]);
      return tf.sum(tf.square(tf.matMul(visible, tf.gather(panel, classes))), [2, 3]);
    });
    return joinScales(tf.sqrt(tf.addN(squares)) as tf.Tensor2D, grid, scales);
  });
}
