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
  SCALE_DIRECTIONS,
  scalePlaces,
  withCoarser,
} from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import type { CachedSample } from '../features/cached-features.js';
import type { FeatureCache } from '../features/feature-cache.js';
import { type ResidualOptions, residualBatches } from './residual-batches.js';

/** What can be changed of {@link whiteningByPlace}, for comparisons. */
export interface WhiteningByPlaceOptions {
  /** Directions that residuals are projected on, at most one per channel. Default: 128, or 64 at several scales, or the channels if they are fewer. */
  readonly directions?: number | undefined;
  /** Default: as many images and as many tokens as there are channels. */
  readonly shrinkage?: PlaceShrinkage | undefined;
  /** Which residuals count. Default: those of the detector itself. */
  readonly from?: ResidualOptions | undefined;
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
  const { scales = 1, seed } = config;
  const most = scales === 1 ? PLACE_DIRECTIONS : SCALE_DIRECTIONS;
  const { directions = Math.min(most, channels), from = {} } = options;
  const { shrinkage = defaultShrinkage(channels) } = options;
  const basis = randomDirections(channels, directions, seed);
  const matrix = tf.tensor2d(basis, [channels, directions]);
  try {
    const classes: ClassMoments[] = [];
    for (const k of trainedClasses.keys()) {
      const own = samples.filter(({ sample }) => sample.classIndex === k);
      classes.push(await classMoments(detector, cache, own, matrix, from));
    }
    return placeWhitening(basis, channels, classes, shrinkage, scales);
  } finally {
    matrix.dispose();
  }
}

/**
 * The whitening of the residuals of an added class by place: the `triangles` of its `AddedClass`.
 *
 * @param detector - Has the map `'whitened-by-class-and-place'`, and the class without its triangles.
 * @param samples - Of that class.
 * @param from - Names it as `added`.
 */
export async function addedTriangles(
  detector: MintDetector,
  whitening: PlaceWhitening,
  cache: FeatureCache,
  samples: readonly CachedSample[],
  from: ResidualOptions,
): Promise<Float32Array> {
  const { channels } = detector;
  const matrix = tf.tensor2d(whitening.directions, [channels, whitening.directions.length / channels]);
  try {
    const moments = await classMoments(detector, cache, samples, matrix, from);
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
  from: ResidualOptions,
): Promise<ClassMoments> {
  const { grid, scales = 1 } = detector.config;
  const [rows, cols] = grid;
  const width = directions.shape[1];
  const moments = new PlaceMoments(scalePlaces(grid, scales), width);
  const project = (residuals: tf.Tensor2D) =>
    withCoarser(tf.reshape(tf.matMul(residuals, directions), [-1, rows * cols, width]), grid, scales);
  for await (const projected of residualBatches(detector, cache, samples, from, project))
    moments.add(projected);
  return moments.result();
}
