import type { RgbImage } from '@mint/image';
import { bmpHeader, isBmp } from './bmp.js';
import { decodeImage } from './decode.js';
import { readHeader } from './libvips.js';
import { isPnm } from './pnm.js';

/** Something unusual about a file. */
export interface Oddity {
  /** As in `images with <what>`. */
  readonly what: string;
  /** What decoding does about it. */
  readonly effect: string;
}

/** An image and what its file says about it. */
export interface InspectedImage {
  readonly image: RgbImage;
  /** Kind of file, as in `PNG, 3 x 8 bit`. */
  readonly mode: string;
  readonly oddities: readonly Oddity[];
}

/**
 * {@link decodeImage} that also reports what kind of file it was.
 *
 * @throws MintError as {@link decodeImage}.
 */
export async function inspectImage(bytes: Uint8Array, name: string): Promise<InspectedImage> {
  const image = await decodeImage(bytes, name);
  if (isBmp(bytes)) return { image, mode: `BMP, ${bmpHeader(bytes, name).bits} bit per pixel`, oddities: [] };
  if (isPnm(bytes)) return { image, mode: 'PNM', oddities: [] };
  const {
    format,
    channels,
    depth,
    orientation = 1,
    pages = 1,
    hasAlpha,
    space,
    icc,
  } = await readHeader(bytes, name, undefined, true);
  const bits = depth === 'uchar' ? 8 : depth === 'float' ? 32 : 16;
  const checks: readonly (readonly [found: boolean, what: string, effect: string])[] = [
    [
      bits === 32,
      'float numbers',
      '0 to 1, 255 or 65535 becomes black to white, the smallest range that fits',
    ],
    [bits === 16, '16 bits per channel', 'the high byte is kept'],
    [channels < 3, 'gray pixels', 'they become three equal channels'],
    [hasAlpha, 'transparency', 'it is laid over black'],
    [space === 'cmyk', 'CMYK colours', 'they are converted to sRGB'],
    [icc !== undefined && space !== 'cmyk', 'a colour profile', 'colours are converted to sRGB'],
    [orientation !== 1, 'an EXIF orientation', 'they are turned upright'],
    [pages !== 1, 'several frames or pages', 'the first is used'],
  ];
  const oddities = checks.flatMap(([found, what, effect]) => (found ? [{ what, effect }] : []));
  return { image, mode: `${format.toUpperCase()}, ${channels} x ${bits} bit`, oddities };
}
