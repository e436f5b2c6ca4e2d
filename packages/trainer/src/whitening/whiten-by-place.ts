import {
  type ClassMoments,
  classTriangles,
  type MintDetector,
  PLACE_DIRECTIONS,
  PlaceMoments,
  type PlaceShrinkage,
  type PlaceWhitening,
  placeWhitening,
  randomDirections,
} from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { type CachedSample, readFeatures } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { featureTensor } from '../features/feature-tensor.js';

const BATCH = 8;

/** What can be changed of {@link whiteningByPlace}, for comparisons. */
export interface WhiteningByPlaceOptions {
  /** Directions that residuals are projected on, at most one per channel. Default: 128, or the channels if they are fewer. */
  readonly directions?: number | undefined;
  /** Default: as many images and as many tokens as there are channels. */
  readonly shrinkage?: PlaceShrinkage | undefined;
}

/**
 * The whitening of a detector's residuals by class and place, from all given images in one pass over their cached features,
 * without jitter and dropout. The directions follow from the seed of its configuration.
 *
 * @param samples - Of trained classes.
 */
export async function whiteningByPlace(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  options: WhiteningByPlaceOptions = {},
): Promise<PlaceWhitening> {
  const { channels, config, trainedClasses } = detector;
  const { directions = Math.min(PLACE_DIRECTIONS, channels) } = options;
  const { shrinkage = defaultShrinkage(channels) } = options;
  const basis = randomDirections(channels, directions, config.seed);
  const matrix = tf.tensor2d(basis, [channels, directions]);
  try {
    const classes: ClassMoments[] = [];
    for (const k of trainedClasses.keys()) {
      const own = samples.filter(({ sample }) => sample.classIndex === k);
      classes.push(await classMoments(detector, cache, own, matrix));
    }
    return placeWhitening(basis, channels, classes, shrinkage);
  } finally {
    matrix.dispose();
  }
}

/**
 * The whitening of the residuals of an added class by place: the `triangles` of its `AddedClass`.
 *
 * @param detector - Has the map `'whitened-by-class-and-place'`, and the class without its triangles.
 * @param samples - Of that class.
 */
export async function addedTriangles(
  detector: MintDetector,
  whitening: PlaceWhitening,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  name: string,
): Promise<Float32Array> {
  const { channels } = detector;
  const matrix = tf.tensor2d(whitening.directions, [channels, whitening.directions.length / channels]);
  try {
    const moments = await classMoments(detector, cache, samples, matrix, name);
    return classTriangles(whitening, channels, moments, defaultShrinkage(channels));
  } finally {
    matrix.dispose();
  }
}

const defaultShrinkage = (channels: number): PlaceShrinkage => ({ images: channels, tokens: channels });

async function classMoments(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  directions: tf.Tensor2D,
  added?: string,
): Promise<ClassMoments> {
  const { channels, config } = detector;
  const [rows, cols] = config.grid;
  const moments = new PlaceMoments(rows * cols, directions.shape[1]);
  for (let at = 0; at < samples.length; at += BATCH) {
    const values = await readFeatures(cache, samples.slice(at, at + BATCH));
    const projected = tf.tidy(() => {
      const grid = featureTensor(values, config.grid, channels);
      const flat = tf.reshape(detector.residuals(grid, added).residual, [-1, channels]);
      return tf.matMul(flat as tf.Tensor2D, directions);
    });
    moments.add(await projected.data<'float32'>());
    projected.dispose();
  }
  return moments.result();
}
