import * as tf from '@tensorflow/tfjs-core';

/** Mean and deviation of ImageNet's RGB channels in [0, 1]. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/**
 * `(x/255 − mean)/std`, channel by channel.
 *
 * @param images - `[B, H, W, 3]` RGB, 0 to 255, any dtype.
 * @returns float32 of the same shape.
 */
export function normaliseImages(
  images: tf.Tensor4D,
  mean: readonly [number, number, number] = IMAGENET_MEAN,
  std: readonly [number, number, number] = IMAGENET_STD,
): tf.Tensor4D {
  return tf.tidy(() => {
    const scale = tf.tensor1d(std.map((s) => 1 / (255 * s)));
    const shift = tf.tensor1d(mean.map((m, c) => -m / (std[c] as number)));
    return tf.add(tf.mul(tf.cast(images, 'float32'), scale), shift);
  });
}

/**
 * Brings maps of several strides to one grid and joins their channels: bilinear with aligned corners and no
 * anti-aliasing, when shrinking too (UniAD's neck).
 *
 * @param maps - `[B, h_i, w_i, C_i]` each.
 * @returns `[B, rows, cols, ΣC_i]`, channels in the order of the maps.
 */
export function alignFeatures(
  maps: readonly tf.Tensor4D[],
  [rows, cols]: readonly [number, number],
): tf.Tensor4D {
  return tf.tidy(() =>
    tf.concat(
      maps.map((map) =>
        map.shape[1] === rows && map.shape[2] === cols
          ? map
          : tf.image.resizeBilinear(map, [rows, cols], true),
      ),
      3,
    ),
  );
}
