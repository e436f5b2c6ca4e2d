import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/** Where the classes lie in feature space, measured on training images. */
export interface ClassStats {
  /** `[K·C]` row-major: mean feature of each class, over tokens and images. */
  readonly means: Float32Array;
  /** `[C]`: standard deviation of an image's mean feature around the mean of its class, shared by all classes. */
  readonly std: Float32Array;
}

/**
 * Computes {@link ClassStats} from the features of a stream of images, accumulated in float64.
 *
 * @example
 * ```ts
 * import { ClassStatsBuilder, oodScore } from '@mint/detector';
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const builder = new ClassStatsBuilder(2, 1); // two classes, one channel
 * for (const [classIndex, value] of [[0, 1], [0, 3], [1, 10], [1, 12]] as const) {
 *   builder.add(Float32Array.of(value), classIndex);
 * }
 * const { means, std } = builder.result();
 * console.log([...means]); // [ 2, 11 ]
 * const features = tf.tensor4d([3], [1, 1, 1, 1]);
 * const toBoth = oodScore(features, tf.tensor2d(means, [2, 1]), tf.tensor1d(std));
 * console.log([...(await toBoth.data())].map((value) => value.toFixed(1))); // [ '0.5', '32.0' ]
 * ```
 */
export class ClassStatsBuilder {
  readonly #channels: number;
  readonly #counts: Float64Array;
  readonly #sum: Float64Array;
  readonly #sumSquares: Float64Array;

  /** @param classes - Number of classes, K. @param channels - Number of channels, C. */
  constructor(classes: number, channels: number) {
    this.#channels = channels;
    this.#counts = new Float64Array(classes);
    this.#sum = new Float64Array(classes * channels);
    this.#sumSquares = new Float64Array(channels);
  }

  /**
   * @param features - Tokens of one image, `[N·C]` row-major.
   * @throws MintError `SHAPE_MISMATCH` when the number of features is not a multiple of C.
   */
  add(features: Float32Array, classIndex: number): void {
    const channels = this.#channels;
    const tokens = features.length / channels;
    if (!Number.isInteger(tokens) || tokens === 0) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `ClassStatsBuilder: features must be whole tokens of ${channels} values, got ${features.length}.`,
      );
    }
    for (let c = 0; c < channels; c++) {
      let mean = 0;
      for (let at = c; at < features.length; at += channels) mean += (features[at] as number) / tokens;
      const cell = classIndex * channels + c;
      this.#sum[cell] = (this.#sum[cell] as number) + mean;
      this.#sumSquares[c] = (this.#sumSquares[c] as number) + mean * mean;
    }
    this.#counts[classIndex] = (this.#counts[classIndex] ?? 0) + 1;
  }

  /** The statistics of all images so far. A channel that does not vary within classes gets the mean deviation of all channels: it must not decide alone. */
  result(): ClassStats {
    const channels = this.#channels;
    const means = this.#sum.map((sum, i) => sum / Math.max(1, this.#counts[Math.floor(i / channels)] ?? 0));
    const classes = this.#counts.length;
    const images = this.#counts.reduce((a, b) => a + b, 0);
    const variances = this.#sumSquares.map((squares, c) => {
      let within = squares;
      for (let k = 0; k < classes; k++)
        within -= (this.#counts[k] ?? 0) * (means[k * channels + c] as number) ** 2;
      return Math.max(0, within) / Math.max(1, images - classes);
    });
    const typical = variances.reduce((a, b) => a + b, 0) / channels || 1;
    return {
      means: Float32Array.from(means),
      std: Float32Array.from(variances, (v) => Math.sqrt(v > 1e-6 * typical ? v : typical)),
    };
  }
}

/**
 * Out-of-distribution score of each image for each class, that is, how little the image looks like the class: the mean over
 * channels of the squared standardised distance between the image's mean feature and that of the class (Lee et al., NeurIPS
 * 2018, with a diagonal covariance that all classes share), plus −ln of the class's posterior probability. About 1 for images
 * of the class. The sum is our decision; calibration decides how much is too much.
 *
 * See the example of {@link ClassStatsBuilder}.
 *
 * @param features - `[B, rows, cols, C]`, unscaled.
 * @param means - `[K, C]`, and `std` `[C]`: see {@link ClassStats}.
 * @param posterior - `[B, K]`; without it the distance alone counts.
 * @returns `[B, K]`, 0 or more.
 */
export function oodScore(
  features: tf.Tensor4D,
  means: tf.Tensor2D,
  std: tf.Tensor1D,
  posterior?: tf.Tensor2D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const images = tf.expandDims(tf.mean(features, [1, 2]), 1);
    const distance = tf.mean(tf.square(tf.div(tf.sub(images, tf.expandDims(means, 0)), std)), 2);
    // A probability that underflows to 0 would make an infinity, which JSON cannot hold.
    const surprise = posterior && tf.neg(tf.log(tf.maximum(posterior, 1e-30)));
    return (surprise === undefined ? distance : tf.add(distance, surprise)) as tf.Tensor2D;
  });
}
