import { fillRings, type Mask, mapFrame, type Preprocessing, type Size } from '@mint/image';
import { MintError } from '@mint/internal';
import { regions } from '../regions/regions.js';
import type { Ring } from '../regions/ring.js';

/**
 * Where images of a class are looked at: rings in shares of the width and the height of the network's input, 0 to 1, by the
 * even-odd rule. Of an image in tiles they are shares of the image.
 */
export type RegionOfInterest = readonly Ring[];

/** The own region of each image, in place of that of its class; undefined where it has none. */
export type Interests = readonly (RegionOfInterest | undefined)[];

/** The pixels of a map that lie in a region of interest: 1, else 0. */
export function interestMask(interest: RegionOfInterest, { width, height }: Size): Uint8Array {
  const data = new Uint8Array(width * height);
  fillRings(
    { width, height, data },
    interest.map((ring) => ring.map(([x, y]) => [x * width, y * height] as const)),
  );
  return data;
}

/**
 * A region of interest from a mask that was drawn over an image of the class.
 *
 * @param mask - 1 where the images are looked at; of the size of the images, or in their proportions.
 * @param preprocessing - How the detector's images are prepared; see `preprocessingOf`.
 * @param name - How messages refer to the mask.
 * @throws MintError `INVALID_ARGUMENT` for a mask that marks nothing.
 *
 * @example
 * ```ts
 * import { interestFromMask } from '@mint/detector';
 *
 * const data = new Uint8Array(40 * 20);
 * for (let y = 5; y < 15; y++) data.fill(1, y * 40 + 10, y * 40 + 30);
 * const settings = { width: 224, height: 224, filter: 'bilinear' } as const;
 * const [ring = []] = interestFromMask({ width: 40, height: 20, data }, settings, 'roi/nut.png');
 * console.log(Math.min(...ring.map(([x]) => x)), Math.max(...ring.map(([, y]) => y))); // 0.25 0.75
 * ```
 */
export function interestFromMask(mask: Mask, preprocessing: Preprocessing, name: string): RegionOfInterest {
  const { width, height, data } = mask;
  const anomalyMap = Float32Array.from(data, (value) => (value === 0 ? -1 : 1));
  const rings = regions({ anomalyMap, width, height }, 0).flatMap(({ outline }) => outline);
  if (rings.length === 0) {
    const message = `${name}: the mask marks nothing; expected white where the images are looked at.`;
    throw new MintError('INVALID_ARGUMENT', message);
  }
  const { left, top, scale, image } = mapFrame(mask, preprocessing);
  const isWhole = preprocessing.tiles !== undefined;
  const [across, down] = isWhole
    ? [image.width, image.height]
    : [scale[0] * preprocessing.width, scale[1] * preprocessing.height];
  const [x0, y0] = isWhole ? [0, 0] : [left, top];
  return rings.map((ring) => ring.map(([x, y]) => [(x - x0) / across, (y - y0) / down] as const));
}
