import type { RgbImage, Size } from '@mint/image';
import { MintError } from '@mint/internal';
import { openFile, pixelsOf } from './libvips.js';
import { assertPixels } from './limits.js';

/** What white is, from the smallest; black is 0. The first that holds all values of an image counts. */
const WHITES = [1, 255, 65535] as const;

/**
 * Decodes an image of float numbers, as some cameras write TIFF: values within 0 to 1, 0 to 255 or 0 to 65,535 become 8 bits.
 *
 * @throws MintError `UNREADABLE_IMAGE` for values outside of these ranges, which it names, or NaN;
 * `IMAGE_TOO_LARGE`: a float number takes four bytes.
 */
export async function decodeFloat(
  bytes: Uint8Array,
  name: string,
  header: Size & { readonly channels?: number | undefined },
  maxPixels: number | undefined,
): Promise<RgbImage> {
  assertPixels(name, header, maxPixels, 4 * (header.channels ?? 4));
  const { data, info } = await pixelsOf(openFile(bytes).autoOrient().raw({ depth: 'float' }), name);
  const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let isNumber = true;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
    isNumber &&= !Number.isNaN(value);
  }
  const white = WHITES.find((top) => most <= top);
  if (!isNumber || least < 0 || white === undefined || (info.channels !== 1 && info.channels !== 3)) {
    const found = isNumber ? `from ${least} to ${most}` : 'with NaN among them';
    throw new MintError(
      'UNREADABLE_IMAGE',
      `${name}: expected 8 or 16 bits per channel, or float numbers within 0 to 1, 0 to 255 or 0 to 65535; the image has float numbers ${found}.`,
    );
  }
  const { width, height, channels } = info;
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) {
    const value = values[channels === 3 ? i : Math.floor(i / 3)] ?? 0;
    pixels[i] = Math.round((255 * value) / white);
  }
  return { width, height, data: pixels };
}
