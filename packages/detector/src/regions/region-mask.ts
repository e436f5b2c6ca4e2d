import { fillRings, type Mask, type Size } from '@mint/image';
import type { Region } from './regions.js';

/**
 * The pixels of an image within the outlines of regions, without their holes.
 *
 * @param size - Of the image.
 *
 * @example
 * ```ts
 * import { regionMask, regions } from '@mint/detector';
 *
 * const prediction = { anomalyMap: Float32Array.of(0, 0, 0, 0, 0, 9, 9, 0, 0, 9, 9, 0), width: 4, height: 3 };
 * console.log(regionMask(regions(prediction, 5), prediction).data.join('')); // 000001100110
 * ```
 */
export function regionMask(regions: readonly Pick<Region, 'outline'>[], { width, height }: Size): Mask {
  const mask = { width, height, data: new Uint8Array(width * height) };
  for (const { outline } of regions) fillRings(mask, outline);
  return mask;
}
