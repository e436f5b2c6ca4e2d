import type { Mask } from '@mint/image';
import { isBmp, readBmp } from './bmp.js';
import { openFile, pixelsOf, readHeader } from './libvips.js';
import type { DecodeLimits } from './limits.js';

/**
 * Decodes a mask: 1 where any colour channel is above 0, also in 16 bits. Transparency is ignored; EXIF orientation is applied
 * as in {@link decodeImage}.
 *
 * @param bytes - The whole file.
 * @param name - Its name in error messages, usually its path.
 * @param limits - `maxPixels`: largest width · height accepted, as in {@link decodeImage}.
 * @throws MintError as {@link decodeImage}.
 *
 * @example
 * ```ts
 * import { decodeMask } from '@mint/data';
 * import sharp from 'sharp';
 *
 * const mask = await sharp(Uint8Array.of(0, 1, 255), { raw: { width: 3, height: 1, channels: 1 } }).png().toBuffer();
 * console.log([...(await decodeMask(mask, 'mask.png')).data]); // [ 0, 1, 1 ]
 * ```
 */
export async function decodeMask(bytes: Uint8Array, name: string, limits: DecodeLimits = {}): Promise<Mask> {
  if (isBmp(bytes)) return maskOf(readBmp(bytes, name, limits.maxPixels), 3);
  const { depth } = await readHeader(bytes, name, limits.maxPixels);
  const wide = depth !== 'uchar';
  const image = openFile(bytes)
    .autoOrient()
    .removeAlpha()
    .toColourspace(wide ? 'rgb16' : 'srgb');
  const { data, info } = await pixelsOf(image.raw({ depth: wide ? 'ushort' : 'uchar' }), name);
  const values = wide ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  return maskOf({ width: info.width, height: info.height, data: values }, info.channels);
}

function maskOf(
  { width, height, data }: { width: number; height: number; data: Uint8Array | Uint16Array },
  channels: number,
): Mask {
  const mask = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < mask.length; i++) {
    let any = 0;
    for (let c = 0; c < channels; c++) any |= data[at++] as number;
    mask[i] = any === 0 ? 0 : 1;
  }
  return { width, height, data: mask };
}
