import { MintError, oneLine } from '@mint/internal';
import type { RgbImage } from '../types.js';

/** As in `decodeImage` of `@mint/data`. */
const DEFAULT_MAX_PIXELS = 64_000_000;

/**
 * Decodes an image with the browser's decoder, as `decodeImage` of `@mint/data` does in Node.js: EXIF orientation is applied,
 * colour profiles are converted to sRGB, transparency is laid over black. PNG, WebP and BMP without a profile or partial
 * transparency give the same bytes as there.
 *
 * @param source - An image file, or another source that the page has: a frame of a `<video>`, a canvas.
 * @param name - Its name in error messages.
 * @param options - `maxPixels`: largest width · height accepted, default 64,000,000.
 * @throws MintError `UNREADABLE_IMAGE` for a format that the browser does not decode (TIFF in most), `IMAGE_TOO_LARGE` over the
 * limit.
 *
 * @example
 * ```ts no-run
 * import { decodeInBrowser, preprocessImage } from '@mint/image';
 *
 * const file = document.querySelector<HTMLInputElement>('input[type=file]')?.files?.[0];
 * if (file !== undefined) {
 *   const image = await decodeInBrowser(file, file.name);
 *   console.log(preprocessImage(image, { width: 224, height: 224, filter: 'bilinear' }).data.length); // 150528
 * }
 * ```
 */
export async function decodeInBrowser(
  source: ImageBitmapSource,
  name: string,
  { maxPixels = DEFAULT_MAX_PIXELS }: { readonly maxPixels?: number } = {},
): Promise<RgbImage> {
  const bitmap = await createImageBitmap(source, {
    imageOrientation: 'from-image',
    colorSpaceConversion: 'default',
  }).catch((error: unknown) => {
    const message = `${name}: this browser cannot read it as an image (${oneLine(error)}). PNG and JPEG work in every browser.`;
    throw new MintError('UNREADABLE_IMAGE', message, { cause: error });
  });
  try {
    const { width, height } = bitmap;
    if (width * height > maxPixels) {
      const message = `${name}: ${width}x${height} is ${width * height} pixels, the limit is ${maxPixels}. Make the image smaller or raise \`maxPixels\`.`;
      throw new MintError('IMAGE_TOO_LARGE', message);
    }
    // Without alpha the canvas starts black. `willReadFrequently` keeps the pixels off the graphics card, which may round them.
    const settings = { alpha: false, colorSpace: 'srgb', willReadFrequently: true } as const;
    const context = new OffscreenCanvas(width, height).getContext('2d', settings);
    if (context === null) throw new MintError('UNAVAILABLE', `${name}: this browser cannot make a canvas.`);
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: withoutAlpha(context.getImageData(0, 0, width, height).data) };
  } finally {
    bitmap.close();
  }
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] as number;
    rgb[to + 1] = rgba[from + 1] as number;
    rgb[to + 2] = rgba[from + 2] as number;
  }
  return rgb;
}
