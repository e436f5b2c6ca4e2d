import { assertOneOf, assertPositiveInt, MintError } from '@mint/internal';
import { assertMemory } from '../memory.js';
import type { Mask, RgbImage, Size } from '../types.js';
import { resizePlain } from './plain.js';
import { resizeSimd } from './simd.js';
import { bytesOfTaps, type ResizeFilter, tapsFor } from './taps.js';

/**
 * Resizes an image with exactly Pillow's bytes: the filter widens when shrinking, weights have 22 fractional
 * bits, columns first, rounded and clipped to a byte, then rows. The aspect ratio is not kept.
 *
 * @param width - Width of the result in pixels.
 * @param height - Height of the result in pixels.
 * @returns `[height, width, 3]`; the input itself when it has that size already.
 * @throws MintError `INVALID_ARGUMENT` for a size that is not a positive integer or an unknown filter,
 * `SHAPE_MISMATCH` when the image's data does not have `height · width · 3` bytes, `IMAGE_TOO_LARGE` when sides so unequal as
 * 1 x 6,000,000 take more than 192 MB on the way, and more than four times image and result.
 * @see Pillow 9.4, `src/libImaging/Resample.c`; UniAD resizes with it (`bilinear`; CIFAR-10 with `lanczos`).
 *
 * @example
 * ```ts
 * import { resizeImage, resizeMask } from '@mint/image';
 *
 * const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 200, 100, 50) };
 * console.log([...resizeImage(image, 1, 1, 'bilinear').data]); // [ 100, 50, 25 ]
 * console.log([...resizeMask({ width: 2, height: 1, data: Uint8Array.of(0, 1) }, 4, 1).data]); // [ 0, 0, 1, 1 ]
 * ```
 */
export function resizeImage(image: RgbImage, width: number, height: number, filter: ResizeFilter): RgbImage {
  assertPositiveInt('resizeImage', 'width', width);
  assertPositiveInt('resizeImage', 'height', height);
  assertOneOf('resizeImage', 'filter', filter, ['bilinear', 'bicubic', 'lanczos']);
  assertSize('resizeImage', image, 3);
  if (image.width === width && image.height === height) return image;
  const between = columnsFirst(image, { width, height }, filter);
  const held = image.data.length + 3 * width * height;
  assertMemory('resizeImage', `resizing it to ${width}x${height}`, image, between, held);
  const columns = image.width === width ? undefined : tapsFor(image.width, width, filter);
  const rows = image.height === height ? undefined : tapsFor(image.height, height, filter);
  const data = resizeSimd(image.data, image, columns, rows) ?? resizePlain(image.data, image, columns, rows);
  return { width, height, data };
}

/** Bytes between image and result: the weights of both passes, and the image after the first. */
function columnsFirst(from: Size, to: Size, filter: ResizeFilter): number {
  const columns = from.width === to.width ? 0 : bytesOfTaps(from.width, to.width, filter);
  const rows = from.height === to.height ? 0 : bytesOfTaps(from.height, to.height, filter);
  return columns + rows + (from.height + 1) * to.width * 3;
}

/**
 * Resizes a mask with exactly Pillow's NEAREST: source index ⌊½·s + s + … + s⌋ with s = from/to added up in
 * float64, which at exact ties differs from ⌊(i + ½)·s⌋.
 *
 * See the example of {@link resizeImage}.
 *
 * @returns `[height, width]`; the input itself when it has that size already.
 * @throws MintError `INVALID_ARGUMENT` for a size that is not a positive integer, `SHAPE_MISMATCH` when the mask's
 * data does not have `height · width` values.
 */
export function resizeMask(mask: Mask, width: number, height: number): Mask {
  assertPositiveInt('resizeMask', 'width', width);
  assertPositiveInt('resizeMask', 'height', height);
  assertSize('resizeMask', mask, 1);
  if (mask.width === width && mask.height === height) return mask;
  const columns = nearestIndices(mask.width, width);
  const rows = nearestIndices(mask.height, height);
  const data = new Uint8Array(width * height);
  let at = 0;
  for (const row of rows) {
    const start = row * mask.width;
    for (const column of columns) data[at++] = mask.data[start + column] as number;
  }
  return { width, height, data };
}

function nearestIndices(from: number, to: number): Int32Array {
  const step = from / to;
  let position = 0.5 * step;
  return Int32Array.from({ length: to }, () => {
    const index = Math.min(Math.floor(position), from - 1);
    position += step;
    return index;
  });
}

function assertSize(who: string, { width, height, data }: RgbImage | Mask, channels: number): void {
  if (data.length === width * height * channels) return;
  throw new MintError(
    'SHAPE_MISMATCH',
    `${who}: an image of ${width}x${height} with ${channels} channel(s) has ${width * height * channels} values, got ${data.length}.`,
  );
}
