import type { RgbImage } from '@mint/image';
import { own } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../config.js';
import type { Calibration } from '../limits/calibration.js';
import { interestMask, type RegionOfInterest } from './interest.js';

/** Which pixels of an image are looked at, and what stands in for the others. */
export interface Look {
  /** Where the image is looked at: in any of them. */
  readonly regions: readonly RegionOfInterest[];
  /** A small square image, RGB row by row, that is stretched over the image and seen outside of the regions. */
  readonly outside: readonly number[];
}

/** What {@link lookOf} needs of a detector. */
export interface Looking {
  /** Its classes. */
  readonly config: Pick<DetectorConfig, 'classes'>;
  /** Its regions of interest, and what stands in for the pixels outside. */
  readonly calibration: Pick<Calibration, 'regionsOfInterest' | 'outsidePixels'> | undefined;
}

/**
 * How a detector looks at an image: with something usual in place of the pixels outside of the region of interest of its class. An image
 * of an unknown class is looked at where any class is.
 *
 * @param name - The class, where it is known.
 * @param interest - The image's own region, in place of that of its class.
 * @returns Undefined for a detector that sees all pixels, and where all of the image is looked at.
 *
 * @example
 * ```ts
 * import { lookedAt, lookOf } from '@mint/detector';
 *
 * const left = [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]] as const;
 * const calibration = { regionsOfInterest: { nut: left }, outsidePixels: { nut: [9, 9, 9] } };
 * const look = lookOf({ config: { classes: ['nut'] }, calibration }, 'nut');
 * const image = { width: 4, height: 1, data: new Uint8Array(12).fill(200) };
 * console.log(look && lookedAt(image, look).data.join()); // 200,200,200,200,200,200,9,9,9,9,9,9
 * ```
 */
export function lookOf(
  { config, calibration }: Looking,
  name: string | undefined,
  interest?: RegionOfInterest,
): Look | undefined {
  const { regionsOfInterest, outsidePixels } = calibration ?? {};
  if (outsidePixels === undefined) return undefined;
  const asUsual = meanOf(Object.values(outsidePixels));
  if (interest !== undefined) {
    const outside = own(outsidePixels, name ?? '') ?? asUsual;
    return outside && { regions: [interest], outside };
  }
  const regions = (name === undefined ? config.classes : [name]).map((one) =>
    own(outsidePixels, one) === undefined ? undefined : own(regionsOfInterest, one),
  );
  const outside = name === undefined ? asUsual : own(outsidePixels, name);
  if (outside === undefined || !regions.every((region) => region !== undefined)) return undefined;
  return { regions, outside };
}

/** Whether images are seen alike. */
export const isSameLook = (a: Look | undefined, b: Look | undefined): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

/**
 * The image with what stands in for the pixels that are not looked at.
 *
 * See the example of {@link lookOf}.
 *
 * @param image - As the network gets it; at its own size where it is cut into tiles afterwards.
 */
export function lookedAt(image: RgbImage, look: Look): RgbImage {
  const { width, height } = image;
  const { outside } = look;
  const inside = insideOf(look, image);
  const data = image.data.slice();
  const side = Math.round(Math.sqrt(outside.length / 3));
  const columns = placesOf(width, side);
  placesOf(height, side).forEach((row, y) => {
    const line = Float64Array.from({ length: 3 * side }, (_, i) =>
      mix(row, outside[3 * side * row.low + i], outside[3 * side * row.high + i]),
    );
    columns.forEach((column, x) => {
      const i = y * width + x;
      if (inside[i] === 1) return;
      for (let c = 0; c < 3; c++)
        data[3 * i + c] = Math.round(mix(column, line[3 * column.low + c], line[3 * column.high + c]));
    });
  });
  return { width, height, data };
}

/**
 * {@link lookedAt} for images that are tensors.
 *
 * @param images - `[B, H, W, 3]` RGB, 0 to 255.
 * @returns The same shape; the caller disposes it.
 */
export function lookedAtTensor(images: tf.Tensor4D, looks: readonly (Look | undefined)[]): tf.Tensor4D {
  const [batch, height, width] = images.shape;
  const inside = new Float32Array(batch * height * width).fill(1);
  const outside = new Float32Array(batch * height * width * 3);
  const blank = { width, height, data: new Uint8Array(height * width * 3) };
  looks.forEach((look, i) => {
    if (look === undefined) return;
    inside.set(insideOf(look, blank), i * width * height);
    outside.set(lookedAt(blank, look).data, i * width * height * 3);
  });
  return tf.tidy(() => {
    const isInside = tf.tensor4d(inside, [batch, height, width, 1]);
    const shown = tf.mul(tf.cast(images, 'float32'), isInside);
    return tf.add(shown, tf.tensor4d(outside, images.shape)) as tf.Tensor4D;
  });
}

function insideOf({ regions }: Look, size: { readonly width: number; readonly height: number }): Uint8Array {
  const [first, ...others] = regions.map((region) => interestMask(region, size));
  const inside = first ?? new Uint8Array(size.width * size.height);
  for (const other of others)
    other.forEach((value, i) => {
      if (value === 1) inside[i] = 1;
    });
  return inside;
}

/** Between which two rows or columns of the small image a pixel lies. */
interface Place {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

function placesOf(pixels: number, side: number): Place[] {
  return Array.from({ length: pixels }, (_, i) => {
    const at = Math.min(side - 1, Math.max(0, ((i + 0.5) * side) / pixels - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(side - 1, low + 1), share: at - low };
  });
}

const mix = ({ share }: Place, low = 0, high = 0): number => (1 - share) * low + share * high;

function meanOf(lists: readonly (readonly number[])[]): readonly number[] | undefined {
  const [first] = lists;
  return first?.map((_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0) / lists.length);
}
