import type { MapFrame } from '@mint/image';
import type * as tf from '@tensorflow/tfjs-core';
import type { Ring } from './regions/ring.js';

/** What a detector says about one image. */
export interface Prediction {
  /** `[height, width]` row-major; larger is more anomalous. */
  readonly anomalyMap: Float32Array;
  /** Width of the map in pixels: that of the network's input, or of the image where its tiles were merged. */
  readonly width: number;
  /** Height of the map in pixels, likewise. */
  readonly height: number;
  /**
   * Where the map lies in the image. Absent where the image at its own size is not known, as from `MintDetector.predict`: the map
   * then counts as the image.
   */
  readonly frame?: MapFrame | undefined;
  /** Where the image was looked at: the map is −∞ elsewhere. Absent where all of it was. */
  readonly interest?: readonly Ring[] | undefined;
  /** Image score in map units; larger is more anomalous. Compare it with scores of the same class. */
  readonly score: number;
  /**
   * Probability of each class, in the order of `config.classes`. Absent for UniAD, which has no classifier. An added class has
   * 1 or 0: whether it is recognised is a decision, see `MintDetector.recognisedClass`.
   */
  readonly classPosterior?: Float32Array | undefined;
  /** The recognised class: the most probable one, or an added one. Absent as `classPosterior`. */
  readonly className?: string | undefined;
  /**
   * Out-of-distribution score of the image for each class, in the same order: how little it looks like the class; see
   * `oodScore`. Absent without class statistics.
   */
  readonly oodScores?: Float32Array | undefined;
}

/** A prediction with the map before it was enlarged. */
export interface TokenPrediction extends Prediction {
  /** `[rows, cols]` row-major. Absent for an image in tiles, whose pixels are left out one by one. */
  readonly tokenMap?: Float32Array | undefined;
}

/** What a detector says about a batch of images, on the backend. */
export interface ScoredBatch {
  /** `[B, height, width]` at input size; larger is more anomalous. */
  readonly map: tf.Tensor3D;
  /** `[B]`. */
  readonly score: tf.Tensor1D;
  /** `[B, K]` over the trained classes; absent in UniAD. */
  readonly posterior?: tf.Tensor2D;
  /** `[B, rows, cols]`: the map before it was enlarged; where the detector has regions of interest. */
  readonly tokens?: tf.Tensor3D;
}

/** What the network does not rebuild of a batch of images. */
export interface Residuals {
  /** `[B, N, C]`: reconstruction minus scaled features. */
  readonly residual: tf.Tensor3D;
  /** `[B, K]` over the trained classes; absent in UniAD and where an added class was given. */
  readonly posterior?: tf.Tensor2D;
}

/** The class of all images, or of each; undefined where it is not known. */
export type GivenClass = string | readonly (string | undefined)[];

/** The class given for image `index`. */
export const givenFor = (given: GivenClass | undefined, index: number): string | undefined =>
  typeof given === 'string' ? given : given?.[index];

/**
 * Fetches scored images from the backend; the tensors stay the caller's.
 *
 * @param batch - `oodScores` is `[B, K]`.
 * @param classes - The K trained classes.
 */
export async function readPredictions(
  {
    map,
    score,
    posterior,
    tokens,
    oodScores,
  }: ScoredBatch & { readonly oodScores?: tf.Tensor2D | undefined },
  classes: readonly string[],
): Promise<TokenPrediction[]> {
  const [, height, width] = map.shape;
  const [maps, scores, posteriors, distances, tokenMaps] = await Promise.all([
    map.data<'float32'>(),
    score.data<'float32'>(),
    posterior?.data<'float32'>(),
    oodScores?.data<'float32'>(),
    tokens?.data<'float32'>(),
  ]);
  const row = (values: Float32Array, i: number, size: number) => values.slice(i * size, (i + 1) * size);
  return Array.from(scores, (value, i) => {
    const classPosterior = posteriors && row(posteriors, i, classes.length);
    const best = classPosterior?.indexOf(Math.max(...classPosterior));
    return {
      anomalyMap: row(maps, i, height * width),
      width,
      height,
      score: value,
      oodScores: distances && row(distances, i, classes.length),
      ...(tokenMaps && { tokenMap: row(tokenMaps, i, tokenMaps.length / scores.length) }),
      classPosterior,
      className: best === undefined ? undefined : (classes[best] ?? ''),
    };
  });
}
