import type { Size } from '@mint/image';
import { assertPositiveInt, MintError } from '@mint/internal';

/** Limits of decoding. */
export interface DecodeLimits {
  /** Largest width · height accepted, checked in the header before the pixels are allocated. @defaultValue 64,000,000 */
  readonly maxPixels?: number | undefined;
}

/** 8000 x 8000 images just pass; decoding one takes 192 MB. */
const DEFAULT_MAX_PIXELS = 64_000_000;

export function assertPixels(name: string, { width, height }: Size, maxPixels = DEFAULT_MAX_PIXELS): void {
  assertPositiveInt('decodeImage', 'maxPixels', maxPixels);
  if (width * height <= maxPixels) return;
  throw new MintError(
    'IMAGE_TOO_LARGE',
    `${name}: ${width}x${height} is ${width * height} pixels, the limit is ${maxPixels}. Make the image smaller or raise \`maxPixels\`.`,
  );
}
