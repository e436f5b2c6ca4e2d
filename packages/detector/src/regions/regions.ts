import type { MapFrame } from '@mint/image';
import { MintError } from '@mint/internal';
import { leastPixels, type SizeRule } from '../limits/size-rule.js';
import type { Prediction } from '../prediction.js';
import { type Component, components } from './components.js';
import { frameOf, withinImage } from './frame.js';
import { outlineOf } from './outline.js';
import { longestExtent, type Point, type Ring } from './ring.js';

/** A connected place of an image whose map is above a limit. Lengths are in pixels of the image. */
export interface Region {
  /**
   * The level line of the map at the limit, simplified to half a pixel: the first ring goes round the outside, the others round
   * holes.
   */
  readonly outline: readonly Ring[];
  /** The smallest upright rectangle round its pixels. */
  readonly box: {
    /** From the left edge of the image. */
    readonly left: number;
    /** From the upper edge. */
    readonly top: number;
    /** To the right from there. */
    readonly width: number;
    /** Down from there. */
    readonly height: number;
  };
  /** Its pixels. */
  readonly area: number;
  /** Its share of the image's area, 0 to 1. */
  readonly share: number;
  /** The largest distance between two points of its outline. */
  readonly extent: number;
  /** Largest value of the map. */
  readonly peak: number;
  /** Mean value of the map. */
  readonly mean: number;
  /** Whether it is smaller than the size rule lets count. */
  readonly isSmall: boolean;
}

/** Options of {@link regions}. */
export interface RegionOptions {
  /** The smallest defect that counts. Default: none is too small. */
  readonly rule?: SizeRule | undefined;
}

/** Distance within which an outline is simplified, in pixels of the image. */
const TOLERANCE = 0.5;

/**
 * The connected places of an image whose anomaly map is above a limit, the highest peak first. Pixels that touch with a
 * corner only are not connected.
 *
 * @param prediction - As from `predictImage`; its `frame` says how large the image is. Its map may hold −∞ where the image is not
 * looked at.
 * @param limit - In map units, such as the `pixel` threshold of the image's class.
 * @throws MintError `SHAPE_MISMATCH` when the map is not of its size; `INVALID_ARGUMENT` for a limit that is NaN.
 *
 * @example
 * ```ts
 * import { regions } from '@mint/detector';
 *
 * const anomalyMap = Float32Array.of(0, 0, 0, 0, 0, 6, 8, 0, 0, 0, 0, 0);
 * const [found] = regions({ anomalyMap, width: 4, height: 3 }, 4);
 * console.log(found?.area, found?.box, found?.peak, found?.mean);
 * // 2 { left: 1, top: 1, width: 2, height: 1 } 8 7
 * ```
 */
export function regions(
  prediction: Pick<Prediction, 'anomalyMap' | 'width' | 'height' | 'frame'>,
  limit: number,
  { rule }: RegionOptions = {},
): Region[] {
  const { anomalyMap, width, height } = prediction;
  if (anomalyMap.length !== width * height) {
    const message = `regions: a map of ${width}x${height} has ${width * height} values, got ${anomalyMap.length}.`;
    throw new MintError('SHAPE_MISMATCH', message);
  }
  if (Number.isNaN(limit)) {
    throw new MintError('INVALID_ARGUMENT', 'regions: `limit` must be a number, got NaN.');
  }
  const frame = frameOf(prediction);
  const map = withinImage(anomalyMap, width, frame);
  const least = rule === undefined ? 0 : leastPixels(rule, prediction);
  return components(map, prediction, limit)
    .map((component) => ({
      ...regionOf(map, component, frame, outlineOf(map, prediction, limit, component, frame, TOLERANCE)),
      isSmall: component.pixels.length < least,
    }))
    .sort((a, b) => b.peak - a.peak);
}

function regionOf(
  map: Float32Array,
  component: Component,
  { image, left, top, scale: [across, down] }: MapFrame,
  outline: readonly Ring[],
): Omit<Region, 'isSmall'> {
  const { pixels } = component;
  let [peak, sum] = [Number.NEGATIVE_INFINITY, 0];
  for (const pixel of pixels) {
    const value = map[pixel] as number;
    peak = Math.max(peak, value);
    sum += value;
  }
  const area = pixels.length * across * down;
  const clampedX = (x: number) => Math.min(image.width, Math.max(0, x));
  const clampedY = (y: number) => Math.min(image.height, Math.max(0, y));
  const rings = outline.map((ring) => ring.map(([x, y]): Point => [clampedX(x), clampedY(y)]));
  const [x0, x1] = [
    clampedX(left + across * component.left),
    clampedX(left + across * (component.right + 1)),
  ];
  const [y0, y1] = [clampedY(top + down * component.top), clampedY(top + down * (component.bottom + 1))];
  return {
    outline: rings,
    box: { left: x0, top: y0, width: x1 - x0, height: y1 - y0 },
    area,
    share: area / (image.width * image.height),
    extent: longestExtent(rings[0] ?? []),
    peak,
    mean: sum / pixels.length,
  };
}
