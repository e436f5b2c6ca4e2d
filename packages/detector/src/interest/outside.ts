import { MintError, own } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import type { Calibration } from '../limits/calibration.js';
import { interestMask, type RegionOfInterest } from './interest.js';
import { tokensInside } from './tokens-inside.js';

/** Which tokens of an image are looked at, and what stands in for the others. */
export interface TokenRegion {
  /** `[N]`: 1 for each token that has a pixel in the region, else 0. */
  readonly inside: Uint8Array;
  /** `[C]`: unscaled feature. */
  readonly fill: readonly number[];
}

type Rules = Pick<Calibration, 'regionsOfInterest' | 'outsideFeatures'> | undefined;
type Sizes = Pick<DetectorConfig, 'grid' | 'input'>;

/**
 * The tokens that a region of interest has, and what stands in for the others; undefined where one of the two is not known.
 *
 * @param fill - `[C]`; see `Calibration.outsideFeatures`.
 *
 * @example
 * ```ts
 * import { PAPER_CONFIG, tokenRegion } from '@mint/detector';
 *
 * const left = [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]] as const;
 * const region = tokenRegion({ ...PAPER_CONFIG, grid: [1, 4] }, left, [0.2]);
 * console.log(region?.inside.join()); // 1,1,0,0
 * ```
 */
export function tokenRegion(
  { grid, input }: Sizes,
  interest: RegionOfInterest | undefined,
  fill: readonly number[] | undefined,
): TokenRegion | undefined {
  if (interest === undefined || fill === undefined) return undefined;
  return { inside: tokensInside(interestMask(interest, input), input, grid), fill };
}

/** {@link tokenRegion} of a class by its name. */
export const regionOf = (config: Sizes, rules: Rules, name: string | undefined): TokenRegion | undefined =>
  name === undefined
    ? undefined
    : tokenRegion(config, own(rules?.regionsOfInterest, name), own(rules?.outsideFeatures, name));

/** What the classes look at together, for an image whose class is not known; undefined when one of them looks at all of it. */
export function commonRegion(config: DetectorConfig, rules: Rules): TokenRegion | undefined {
  const regions = config.classes.map((name) => regionOf(config, rules, name));
  const [first] = regions;
  if (first === undefined || !regions.every((region) => region !== undefined)) return undefined;
  return {
    inside: first.inside.map((_, i) => Number(regions.some(({ inside }) => inside[i] === 1))),
    fill: first.fill.map(
      (_, c) => regions.reduce((sum, { fill }) => sum + (fill[c] ?? 0), 0) / regions.length,
    ),
  };
}

/**
 * Features in which something usual stands in for the tokens outside of each image's region.
 *
 * @param features - `[B, rows, cols, C]`, unscaled.
 * @returns The same shape; the caller disposes it.
 */
export function filled(features: tf.Tensor4D, regions: readonly (TokenRegion | undefined)[]): tf.Tensor4D {
  const [batch, rows, cols, channels] = features.shape;
  const places = rows * cols;
  const inside = new Float32Array(batch * places).fill(1);
  const fills = new Float32Array(batch * channels);
  regions.forEach((region, i) => {
    if (region === undefined) return;
    if (region.fill.length !== channels) {
      const message = `MintDetector: outsideFeatures must have ${channels} values for each class, got ${region.fill.length}.`;
      throw new MintError('SHAPE_MISMATCH', message);
    }
    inside.set(region.inside, i * places);
    fills.set(region.fill, i * channels);
  });
  return tf.tidy(() => {
    const mask = tf.tensor4d(inside, [batch, rows, cols, 1]);
    const outside = tf.mul(tf.sub(1, mask), tf.tensor4d(fills, [batch, 1, 1, channels]));
    return tf.add(tf.mul(features, mask), outside) as tf.Tensor4D;
  });
}
