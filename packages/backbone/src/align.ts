import * as tf from '@tensorflow/tfjs-core';

/** Mean of ImageNet's RGB channels, of values in [0, 1]; as torchvision and timm have it. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
/** Standard deviation of ImageNet's RGB channels, of values in [0, 1]. */
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/**
 * `(x/255 − mean)/std`, channel by channel.
 *
 * @param images - `[B, H, W, 3]` RGB, 0 to 255, any dtype.
 * @param mean - Of values in [0, 1]. @defaultValue {@link IMAGENET_MEAN}
 * @param std - Of values in [0, 1]. @defaultValue {@link IMAGENET_STD}
 * @returns float32 of the same shape.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { normaliseImages } from '@mint/backbone';
 *
 * const grey = tf.fill([1, 2, 2, 3], 127.5, 'float32') as tf.Tensor4D;
 * console.log(normaliseImages(grey, [0.5, 0.5, 0.5], [0.25, 0.25, 0.25]).shape); // [ 1, 2, 2, 3 ]
 * const [red = 0] = normaliseImages(grey).dataSync();
 * console.log(red.toFixed(3)); // 0.066
 * ```
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
 * @param grid - Rows and columns of the result.
 * @returns `[B, rows, cols, ΣC_i]`, channels in the order of the maps.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { alignFeatures } from '@mint/backbone';
 *
 * const maps = [tf.zeros([1, 16, 16, 24]), tf.zeros([1, 4, 4, 160])] as tf.Tensor4D[];
 * console.log(alignFeatures(maps, [4, 4]).shape); // [ 1, 4, 4, 184 ]
 * ```
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
