import type { Size } from '@mint/image';
import { assertPositiveInt, MintError } from '@mint/internal';

/** Limits of decoding. */
export interface DecodeLimits {
  /** Largest width · height accepted, checked in the header before the pixels are allocated. @defaultValue 64,000,000 */
  readonly maxPixels?: number | undefined;
}

/** 8000 x 8000 images just pass; decoding one takes 192 MB. */
const DEFAULT_MAX_PIXELS = 64_000_000;

/** Bytes of a decoded pixel up to which `maxPixels` counts; images of wider pixels may have fewer of them. */
const PIXEL_BYTES = 4;

/** @param pixelBytes - What decoding holds of each pixel: 3 of an image of 8 bits, up to 16 of one of float numbers. */
export function assertPixels(
  name: string,
  { width, height }: Size,
  maxPixels = DEFAULT_MAX_PIXELS,
  pixelBytes = PIXEL_BYTES,
): void {
  assertPositiveInt('decodeImage', 'maxPixels', maxPixels);
  const limit = Math.floor((maxPixels * PIXEL_BYTES) / Math.max(PIXEL_BYTES, pixelBytes));
  if (width * height <= limit) return;
  const why = limit < maxPixels ? ` for pixels of ${pixelBytes} bytes` : '';
  throw new MintError(
    'IMAGE_TOO_LARGE',
    `${name}: ${width}x${height} is ${width * height} pixels, the limit is ${limit}${why}. Make the image smaller or raise \`maxPixels\`.`,
  );
}
