import { MintError } from '@mint/internal';
import type { Prediction } from '../prediction.js';
import { frameOf, withinImage } from '../regions/frame.js';
import { sizedPeak } from '../regions/sized-peak.js';

/** The smallest defect that counts: a smaller region above the limit raises no alarm. */
export interface SizeRule {
  /** Smallest area, above 0. */
  readonly area: number;
  /** `px`: pixels of the image at its own size. `%`: share of the image's area. `mm2`: square millimetres. */
  readonly unit: 'px' | '%' | 'mm2';
  /** Side of a pixel of the image in millimetres; with `mm2`. */
  readonly mmPerPixel?: number | undefined;
}

/** A scored image with its map. */
type Mapped = Pick<Prediction, 'anomalyMap' | 'width' | 'height' | 'frame'>;

/**
 * The smallest area that counts, in pixels of the image at its own size.
 *
 * @throws MintError `INVALID_ARGUMENT` for an area that is not above 0, or in mm² without the size of a pixel.
 */
export function leastArea({ area, unit, mmPerPixel }: SizeRule, prediction: Mapped): number {
  if (!(area > 0 && Number.isFinite(area))) {
    throw new MintError('INVALID_ARGUMENT', `size rule: the area must be above 0, got ${area}.`);
  }
  if (unit === 'px') return area;
  if (unit === '%') {
    const { image } = frameOf(prediction);
    return (area / 100) * image.width * image.height;
  }
  if (mmPerPixel === undefined || !(mmPerPixel > 0)) {
    const message = `size rule: an area in mm² needs the side of a pixel in millimetres, got ${mmPerPixel}.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  return area / mmPerPixel ** 2;
}

/**
 * The score of an image under a size rule: `sizedPeak` of its map for the rule's area; 0 where no region can be that large.
 *
 * @throws MintError `INVALID_ARGUMENT` for a rule that is not sound.
 *
 * @example
 * ```ts
 * import { regions, ruledScore } from '@mint/detector';
 *
 * const anomalyMap = Float32Array.of(9, 0, 4, 5, 0, 0, 4, 0); // a speck of 9, and a region of three pixels
 * const prediction = { anomalyMap, width: 4, height: 2 };
 * console.log(ruledScore({ area: 3, unit: 'px' }, prediction)); // 4
 * console.log(regions(prediction, 3, { rule: { area: 3, unit: 'px' } }).map(({ isSmall }) => isSmall)); // [ true, false ]
 * ```
 */
export function ruledScore(rule: SizeRule, prediction: Mapped): number {
  const { width, anomalyMap } = prediction;
  const frame = frameOf(prediction);
  const peak = sizedPeak(withinImage(anomalyMap, width, frame), prediction, leastPixels(rule, prediction));
  // No region can be that large: nothing is found.
  return Number.isFinite(peak) ? peak : 0;
}

/** The smallest area that counts, in pixels of the map. */
export function leastPixels(rule: SizeRule, prediction: Mapped): number {
  const [across, down] = frameOf(prediction).scale;
  const pixels = leastArea(rule, prediction) / (across * down);
  // 25 pixels of the image must not become 2.0000000001 of the map.
  return pixels * (1 - 1e-9);
}
