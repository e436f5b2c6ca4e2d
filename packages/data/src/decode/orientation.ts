import type { RgbImage } from '@mint/image';

/** Turns and mirrors an image by its EXIF orientation, 1 to 8. */
export function upright({ width, height, data }: RgbImage, orientation: number): RgbImage {
  if (orientation === 1) return { width, height, data };
  const swapped = orientation > 4;
  const [mirrored, flipped] = [[2, 3, 7, 8].includes(orientation), [3, 4, 6, 7].includes(orientation)];
  const to = swapped ? { width: height, height: width } : { width, height };
  const out = new Uint8Array(data.length);
  for (let y = 0, at = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++, at += 3) {
      const [u, v] = swapped ? [y, x] : [x, y];
      const from = 3 * ((flipped ? height - 1 - v : v) * width + (mirrored ? width - 1 - u : u));
      out[at] = data[from] as number;
      out[at + 1] = data[from + 1] as number;
      out[at + 2] = data[from + 2] as number;
    }
  }
  return { ...to, data: out };
}
