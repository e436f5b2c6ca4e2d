import { floatToHalf, halfToFloat } from '@mint/internal';
import type { ClassMoments } from './place-moments.js';
import { symmetricOf, triangleIndex, triangleSize } from './triangle.js';
import { whiteningMatrix } from './whitening.js';

/** What residuals are measured against in the map `'whitened-by-class-and-place'`. */
export interface PlaceWhitening {
  /** `[C·d]` row-major: orthogonal directions, all of the same length, on which a residual is projected. */
  readonly directions: Float32Array;
  /**
   * `[K·N·d(d+1)/2]`: for each class and token L⁻¹ as a packed lower triangle, with `L·Lᵀ` the covariance of projected
   * residuals. Each value is a float16. At several scales N counts the places of all of them, the token grid first.
   */
  readonly triangles: Float32Array;
  /** `[S·d(d+1)/2]`: second moments of projected residuals over all classes at each scale; what an added class is shrunk to. */
  readonly shared: Float32Array;
}

/** How far covariances are shrunk. */
export interface PlaceShrinkage {
  /** The covariance of a class counts at each of its places as this many images. */
  readonly images: number;
  /** The covariance of all classes counts in that of each class as this many tokens. */
  readonly tokens: number;
}

/** Most directions that residuals are projected on. */
export const PLACE_DIRECTIONS = 128;
/** The same where the map has several scales, and so many more places. */
export const SCALE_DIRECTIONS = 64;

/**
 * The whitening of the map `'whitened-by-class-and-place'`: second moments at each place of each class, shrunk to those of the
 * class over all places, which are shrunk to those of all classes. So a class without images is measured as all classes together,
 * and one image is enough for a class.
 *
 * @param directions - `[C·d]` from {@link randomDirections}.
 * @param classes - Moments of each class, projected on these directions, at the places of all scales.
 * @param scales - How many scales there are; each one's covariances are shrunk to those of the same scale.
 * @throws MintError `INVALID_ARGUMENT` when the moments are all zero or not finite.
 *
 * @example
 * ```ts
 * import { classTriangles, PlaceMoments, placeWhitening, randomDirections } from '@mint/detector';
 *
 * const [channels, places, width] = [5, 2, 3];
 * const directions = randomDirections(channels, width, 0);
 * const moments = new PlaceMoments(places, width);
 * moments.add(Float32Array.of(1, 0, 2, 0, 3, 1)); // residuals of an image at two places, projected
 * const whitening = placeWhitening(directions, channels, [moments.result()], { images: 5, tokens: 5 });
 * console.log(whitening.triangles.length); // 12
 *
 * const added = new PlaceMoments(places, width); // of a class that is added later, on the directions of the model
 * added.add(Float32Array.of(0, 1, 0, 2, 2, 1));
 * console.log(classTriangles(whitening, channels, added.result(), { images: 5, tokens: 5 }).length); // 12
 * ```
 */
export function placeWhitening(
  directions: Float32Array,
  channels: number,
  classes: readonly ClassMoments[],
  shrinkage: PlaceShrinkage,
  scales = 1,
): PlaceWhitening {
  const width = directions.length / channels;
  const size = triangleSize(width);
  const parts = classes.map((own) => byScale(own, size, scales));
  const joint = Array.from({ length: scales }, (_, s) =>
    jointMoments(
      parts.flatMap((of) => of[s] ?? []),
      size,
    ),
  );
  const scale = Math.sqrt(meanVariance(joint[0] as Float64Array, width));
  const triangles = new Float32Array(classes.reduce((sum, { moments }) => sum + moments.length, 0));
  let at = 0;
  for (const of of parts) {
    for (const [s, own] of of.entries()) {
      triangles.set(shrunkTriangles(own, joint[s] as Float64Array, width, shrinkage, scale), at);
      at += own.moments.length;
    }
  }
  // Scaled so that the factors are near 1, where float16 is exact to 0.05 %.
  const shared = new Float32Array(scales * size);
  joint.forEach((of, s) => {
    shared.set(
      Float32Array.from(of, (v) => v / scale ** 2),
      s * size,
    );
  });
  return { directions: directions.map((v) => v / scale), triangles, shared };
}

/** The moments of each scale, a quarter as many places as the one before. */
function byScale({ images, moments }: ClassMoments, size: number, scales: number): ClassMoments[] {
  const finest = moments.length / size / ((1 - 4 ** -scales) / (1 - 1 / 4));
  let from = 0;
  return Array.from({ length: scales }, (_, s) => {
    const to = from + (finest / 4 ** s) * size;
    const own = { images, moments: moments.subarray(from, to) };
    from = to;
    return own;
  });
}

/** Over all places of all classes, whose tokens count alike. */
function jointMoments(classes: readonly ClassMoments[], size: number): Float64Array {
  const counts = classes.map(({ images, moments }) => (images * moments.length) / size);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const joint = new Float64Array(size);
  classes.forEach(({ moments }, k) => {
    meanOverPlaces(moments, size).forEach((v, i) => {
      joint[i] = (joint[i] as number) + (v * (counts[k] as number)) / Math.max(1, total);
    });
  });
  return joint;
}

/**
 * The triangles of one more class, `[N·d(d+1)/2]`: shrunk as those of the other classes, which stay as they are.
 *
 * See the example of {@link placeWhitening}.
 *
 * @param own - Moments of its residuals, projected on the directions of the whitening.
 * @throws MintError `INVALID_ARGUMENT` when the moments are all zero or not finite.
 */
export function classTriangles(
  { directions, shared }: PlaceWhitening,
  channels: number,
  own: ClassMoments,
  shrinkage: PlaceShrinkage,
): Float32Array {
  const width = directions.length / channels;
  const size = triangleSize(width);
  const triangles = new Float32Array(own.moments.length);
  let at = 0;
  byScale(own, size, shared.length / size).forEach((part, s) => {
    triangles.set(shrunkTriangles(part, shared.subarray(s * size, (s + 1) * size), width, shrinkage, 1), at);
    at += part.moments.length;
  });
  return triangles;
}

function shrunkTriangles(
  { images, moments }: ClassMoments,
  joint: Float32Array | Float64Array,
  width: number,
  shrinkage: PlaceShrinkage,
  scale: number,
): Float32Array {
  const size = triangleSize(width);
  const tokens = (images * moments.length) / size;
  const ofClass = blend(meanOverPlaces(moments, size), tokens, joint, shrinkage.tokens);
  const triangles = new Float32Array(moments.length);
  for (let at = 0; at < moments.length; at += size) {
    const ofPlace = blend(moments.subarray(at, at + size), images, ofClass, shrinkage.images);
    triangles.set(inverseFactor(ofPlace, width, scale), at);
  }
  return triangles;
}

function meanOverPlaces(moments: Float32Array, size: number): Float64Array {
  const places = moments.length / size;
  const mean = new Float64Array(size);
  for (let i = 0; i < moments.length; i++)
    mean[i % size] = (mean[i % size] as number) + (moments[i] as number) / places;
  return mean;
}

function meanVariance(triangle: Float64Array, width: number): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += triangle[triangleIndex(i, i)] as number;
  return sum / width;
}

/** Mean of two packed triangles that count as `ownWeight` and `weight`. */
function blend(
  own: Float32Array | Float64Array,
  ownWeight: number,
  towards: Float32Array | Float64Array,
  weight: number,
): Float64Array {
  const share = weight / (ownWeight + weight);
  const mean = new Float64Array(towards.length);
  for (let i = 0; i < mean.length; i++)
    mean[i] = (1 - share) * (own[i] as number) + share * (towards[i] as number);
  return mean;
}

/** L⁻¹, packed, for covariances over `scale²`; as float16 values. */
function inverseFactor(covariance: Float64Array, width: number, scale: number): Float32Array {
  const whitening = whiteningMatrix(symmetricOf(covariance, width), width);
  const packed = new Float32Array(covariance.length);
  for (let row = 0; row < width; row++)
    for (let column = 0; column <= row; column++)
      packed[triangleIndex(row, column)] = halfToFloat(
        floatToHalf(scale * (whitening[column * width + row] as number)),
      );
  return packed;
}
