import { isMainThread } from 'node:worker_threads';
import { decodeJpegDraft, draftDenominator, type Preprocessing, type RgbImage, type Size } from '@mint/image';
import { asOneImage, MintError } from '@mint/internal';
import type { Metadata } from 'sharp';
import { isBmp, readBmp } from './bmp.js';
import { assertWebpEnd, hasFlatSide } from './damage.js';
import { damaged } from './damaged.js';
import { decodeFloat } from './float.js';
import { jpegHeader } from './jpeg-header.js';
import { openFile, pixelsOf, readHeader } from './libvips.js';
import { assertPixels, type DecodeLimits } from './limits.js';
import { upright } from './orientation.js';
import { isPnm, readPnm } from './pnm.js';

/** Options of {@link decodeImage}. */
export interface DecodeOptions extends DecodeLimits {
  /** If this preprocessing has `jpegDraft`, a JPEG image may be decoded at a fraction of its size. */
  readonly draftFor?: Preprocessing | undefined;
}

/**
 * Decodes PNG, JPEG, TIFF, WebP, PGM, PPM or uncompressed BMP to 8-bit sRGB. Our rules: EXIF orientation is applied; gray becomes
 * three equal channels; 16 bits are reduced to the high byte; transparency is laid over black; embedded colour profiles (CMYK
 * too) are converted to sRGB; of several frames or pages the first is used. Float numbers within 0 to 1, 0 to
 * 255 or 0 to 65,535 become 8 bits by the smallest of these ranges that holds all of an image. Other numbers are refused.
 *
 * @param bytes - The whole file.
 * @param name - Its name in error messages, usually its path.
 * @param options - `maxPixels`: largest width · height accepted, checked in the header before the pixels are
 * allocated, default 64,000,000 (3 bytes each). `draftFor`: if this preprocessing has `jpegDraft`, a JPEG image may be decoded at a
 * fraction of its size.
 * @throws MintError `UNREADABLE_IMAGE` when the file is empty, truncated, damaged, or not an image of these formats (half an
 * image is never returned); `IMAGE_TOO_LARGE` over the limit.
 *
 * @example
 * ```ts
 * import { decodeImage } from '@mint/data';
 * import sharp from 'sharp';
 *
 * const orange = { width: 3, height: 2, channels: 3, background: '#ff8000' } as const;
 * const bytes = await sharp({ create: orange }).png().toBuffer();
 * const { width, height, data } = await decodeImage(bytes, 'orange.png');
 * console.log(width, height, [...data.subarray(0, 3)]); // 3 2 [ 255, 128, 0 ]
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  return (await decodeSized(bytes, name, options)).image;
}

/**
 * Plain JPEG images up to this size are decoded to the same bytes in the calling thread, in less time than libvips
 * takes; but not in the main thread, whose work Node's thread pool takes over.
 */
const MAX_PIXELS_HERE = 16_000_000;

/** What decoding depends on. */
type Header = Size &
  Partial<Pick<Metadata, 'format' | 'icc' | 'space' | 'orientation' | 'depth' | 'channels'>>;

/** An image, and how large it is in its file. */
export interface SizedImage {
  /** Smaller than `size` where it is a draft. */
  readonly image: RgbImage;
  /** The image's own size, upright, which a draft does not have. */
  readonly size: Size;
}

/** {@link decodeImage} that also gives the size of the image in its file. */
export async function decodeSized(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions,
): Promise<SizedImage> {
  return asOneImage(name, () => decodeAny(bytes, name, options));
}

async function decodeAny(
  bytes: Uint8Array,
  name: string,
  { maxPixels, draftFor }: DecodeOptions,
): Promise<SizedImage> {
  if (isBmp(bytes)) return whole(readBmp(bytes, name, maxPixels));
  if (isPnm(bytes)) return whole(readPnm(bytes, name, maxPixels));
  // libvips takes as long to open a file as a draft takes to resize.
  const plain = jpegHeader(bytes);
  if (plain !== undefined) assertPixels(name, plain, maxPixels);
  const header: Header = plain ?? (await readHeader(bytes, name, maxPixels, true));
  if (header.depth === 'float') return whole(await decodeFloat(bytes, name, header, maxPixels));
  const drafted = draftFor && draftImage(bytes, name, header, draftFor);
  if (drafted !== undefined) return drafted;
  const { orientation = 1, width, height } = header;
  if (plain !== undefined && orientation === 1 && !isMainThread && width * height <= MAX_PIXELS_HERE) {
    const image = decodedHere(bytes);
    if (image !== undefined) return whole(image);
  }
  return whole(await decodeByLibvips(bytes, name, header));
}

/** A draft for this preprocessing; undefined where there is none. */
function draftImage(
  bytes: Uint8Array,
  name: string,
  { format, icc, space, orientation = 1, width, height }: Header,
  draftFor: Preprocessing,
): SizedImage | undefined {
  if (format !== 'jpeg' || icc !== undefined || space === 'cmyk') return undefined;
  const size = orientation < 5 ? { width, height } : { width: height, height: width };
  const denominator = draftDenominator(size, draftFor);
  if (denominator === 1) return undefined;
  return { image: upright(draft(bytes, name, denominator), orientation), size };
}

/** Undefined for a damaged image: libvips then says what is wrong. */
function decodedHere(bytes: Uint8Array): RgbImage | undefined {
  try {
    return decodeJpegDraft(bytes, 1);
  } catch {
    return undefined;
  }
}

async function decodeByLibvips(
  bytes: Uint8Array,
  name: string,
  { format, space }: Header,
): Promise<RgbImage> {
  const opened = openFile(bytes).autoOrient().flatten({ background: '#000000' }).toColourspace('srgb');
  const { data, info } = await pixelsOf(opened.raw(), name);
  if (info.channels !== 3) {
    const message = `${name}: expected 3 colour channels, decoding gave ${info.channels}.`;
    throw new MintError('UNREADABLE_IMAGE', message);
  }
  const image = { width: info.width, height: info.height, data };
  // Damage that libvips does not notice leaves one colour at the end of the image, and bytes that no pixel came from.
  if (hasFlatSide(image)) {
    if (format === 'jpeg' && space !== 'cmyk') draft(bytes, name, 8);
    if (format === 'webp') await assertWebpEnd(bytes, name);
  }
  return image;
}

const whole = (image: RgbImage): SizedImage => ({ image, size: image });

function draft(bytes: Uint8Array, name: string, denominator: 1 | 2 | 4 | 8): RgbImage {
  try {
    return decodeJpegDraft(bytes, denominator);
  } catch (error) {
    throw damaged(name, error);
  }
}
