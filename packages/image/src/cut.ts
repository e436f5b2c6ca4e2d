import type { Mask, RgbImage, Size } from './types.js';

/** Copies a rectangle of an image or mask. The rectangle must lie inside. */
export function cutOut(
  { width: from, data }: RgbImage | Mask,
  { left, top, width, height }: Size & { readonly left: number; readonly top: number },
  channels: number,
): RgbImage {
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((y + top) * from + left) * channels;
    out.set(data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, data: out };
}
