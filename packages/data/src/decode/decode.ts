import { isMainThread } from 'node:worker_threads';
import {
  decodeJpegDraft,
  draftDenominator,
  type Mask,
  type Preprocessing,
  type RgbImage,
  type Size,
} from '@mint/image';
import { assertPositiveInt, MintError, oneLine } from '@mint/internal';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { bmpHeader, decodeBmp, isBmp } from './bmp.js';
import { type JpegHeader, jpegHeader } from './jpeg-header.js';
import { decodePng } from './png.js';
import { type PngHeader, pngHeader } from './png-header.js';
import { withoutWebpEnd } from './webp-end.js';

/** File-name endings of the formats read, lower case. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  '.png',
  '.jpg',
  '.jpeg',
  '.tif',
  '.tiff',
  '.webp',
  '.bmp',
];

/** Formats by content. Others that libvips could open (SVG, PDF, …) are refused: an image file is pixels only. */
const FORMATS: readonly string[] = ['png', 'jpeg', 'tiff', 'webp'];

/** 8000 x 8000 images just pass; one takes 192 MB while it is being decoded. */
const DEFAULT_MAX_PIXELS = 64_000_000;

/**
 * Decodes PNG, JPEG, TIFF, WebP or uncompressed BMP to 8-bit sRGB. Our rules: EXIF orientation is applied; gray becomes
 * three equal channels; of 16 bits the high byte stays; transparency is laid over black; embedded colour profiles (CMYK too)
 * are converted to sRGB; of several frames or pages the first counts. Numbers that are no colours (32-bit integers, floats) are
 * refused.
 *
 * @param bytes - The whole file.
 * @param name - How error messages call it, usually its path.
 * @param options - `maxPixels`: largest width · height accepted, checked in the header before the pixels are
 * allocated, default 64,000,000 (3 bytes each). `draftFor`: where this preprocessing has `jpegDraft`, a JPEG image comes
 * smaller than it is.
 * @throws MintError `UNREADABLE_IMAGE` when the file is empty, no image of these formats, truncated or damaged (never
 * half an image); `IMAGE_TOO_LARGE` over the limit.
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
  options: { readonly maxPixels?: number; readonly draftFor?: Preprocessing } = {},
): Promise<RgbImage> {
  return (await decodeSized(bytes, name, options)).image;
}

/**
 * Plain JPEG and PNG images up to this size are decoded to the same bytes by the thread that asks for them, in less time than by
 * libvips; but not in the main thread, which Node's pool of threads relieves of the work.
 */
const MAX_PIXELS_HERE = 16_000_000;

/** What decoding depends on. */
type Header = Size & Partial<Pick<Metadata, 'format' | 'icc' | 'space' | 'orientation'>>;

/** {@link decodeImage} with the image's own size, upright, which a draft does not have. */
export async function decodeSized(
  bytes: Uint8Array,
  name: string,
  { maxPixels, draftFor }: { readonly maxPixels?: number; readonly draftFor?: Preprocessing },
): Promise<{ readonly image: RgbImage; readonly size: Size }> {
  if (isBmp(bytes)) return whole(readBmp(bytes, name, maxPixels));
  // libvips takes as long to open a file as a draft takes to resize.
  const plain = jpegHeader(bytes) ?? pngHeader(bytes);
  if (plain !== undefined) assertPixels(name, plain, maxPixels);
  const header: Header = plain ?? (await readHeader(bytes, name, maxPixels));
  const { format, icc, space, orientation = 1, width, height } = header;
  if (draftFor !== undefined && format === 'jpeg' && icc === undefined && space !== 'cmyk') {
    const size = orientation < 5 ? { width, height } : { width: height, height: width };
    const denominator = draftDenominator(size, draftFor);
    if (denominator > 1) return { image: upright(draft(bytes, name, denominator), orientation), size };
  }
  if (plain !== undefined && orientation === 1 && !isMainThread && width * height <= MAX_PIXELS_HERE) {
    const image = decodedHere(bytes, plain);
    if (image !== undefined) return whole(image);
  }
  const opened = open(bytes).autoOrient().flatten({ background: '#000000' }).toColourspace('srgb');
  const { data, info } = await pixels(opened.raw(), name);
  if (info.channels !== 3) {
    throw new MintError(
      'UNREADABLE_IMAGE',
      `${name}: expected 3 colour channels, decoding gave ${info.channels}.`,
    );
  }
  const image = { width: info.width, height: info.height, data };
  // Damage that libvips does not see leaves one colour where the image ends, and bytes that no pixel came of.
  if (hasFlatSide(image)) {
    if (format === 'jpeg' && space !== 'cmyk') draft(bytes, name, 8);
    if (format === 'webp') await assertWebpEnd(bytes, name);
  }
  return whole(image);
}

/** Undefined for a damaged image: libvips says what is wrong. */
function decodedHere(bytes: Uint8Array, header: JpegHeader | PngHeader): RgbImage | undefined {
  if (header.format === 'png') return decodePng(bytes, header);
  try {
    return decodeJpegDraft(bytes, 1);
  } catch {
    return undefined;
  }
}

async function assertWebpEnd(bytes: Uint8Array, name: string): Promise<void> {
  const shorter = withoutWebpEnd(bytes);
  if (shorter === undefined) return;
  const decodes = await open(shorter)
    .stats()
    .then(
      () => true,
      () => false,
    );
  if (decodes) throw damaged(name, new Error('its last bytes are not of the image'));
}

const whole = (image: RgbImage) => ({ image, size: image });

function draft(bytes: Uint8Array, name: string, denominator: 1 | 2 | 4 | 8): RgbImage {
  try {
    return decodeJpegDraft(bytes, denominator);
  } catch (error) {
    throw damaged(name, error);
  }
}

/** Whether a quarter of the image at any side is one colour. Orientation has turned the lower end anywhere. */
function hasFlatSide({ width, height, data }: RgbImage): boolean {
  const [across, down] = [Math.ceil(width / 4), Math.ceil(height / 4)];
  const flat = (left: number, top: number, right: number, bottom: number) => {
    const first = 3 * (top * width + left);
    for (let y = top; y < bottom; y++) {
      for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at += 3) {
        if (data[at] !== data[first] || data[at + 1] !== data[first + 1] || data[at + 2] !== data[first + 2])
          return false;
      }
    }
    return true;
  };
  return (
    flat(0, height - down, width, height) ||
    flat(0, 0, width, down) ||
    flat(0, 0, across, height) ||
    flat(width - across, 0, width, height)
  );
}

/** Turns and mirrors an image by its EXIF orientation, 1 to 8. */
function upright({ width, height, data }: RgbImage, orientation: number): RgbImage {
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

/** An image with what its file says of it. */
export interface InspectedImage {
  readonly image: RgbImage;
  /** As in `PNG, 3 x 8 bit`. */
  readonly mode: string;
  /** What decoding had to do besides reading pixels, as in `turned by its EXIF orientation`. */
  readonly oddities: readonly string[];
}

/**
 * {@link decodeImage} that also tells what kind of file it was.
 *
 * @throws MintError as {@link decodeImage}.
 */
export async function inspectImage(bytes: Uint8Array, name: string): Promise<InspectedImage> {
  const image = await decodeImage(bytes, name);
  if (isBmp(bytes)) return { image, mode: `BMP, ${bmpHeader(bytes, name).bits} bit a pixel`, oddities: [] };
  const {
    format,
    channels,
    depth,
    orientation = 1,
    pages = 1,
    hasAlpha,
    space,
    icc,
  } = await readHeader(bytes, name);
  const oddities = [
    ...(depth === 'uchar' ? [] : ['16 bits: the high byte is kept']),
    ...(channels < 3 ? ['gray: three equal channels are made of it'] : []),
    ...(hasAlpha ? ['transparency: laid over black'] : []),
    ...(space === 'cmyk' ? ['CMYK: converted to sRGB'] : []),
    ...(icc === undefined || space === 'cmyk' ? [] : ['a colour profile: converted to sRGB']),
    ...(orientation === 1 ? [] : ['an EXIF orientation: turned upright']),
    ...(pages === 1 ? [] : ['several frames or pages: the first is taken']),
  ];
  return {
    image,
    mode: `${format.toUpperCase()}, ${channels} x ${depth === 'uchar' ? 8 : 16} bit`,
    oddities,
  };
}

/**
 * Decodes a mask: 1 where any colour channel is over 0, also in 16 bits; transparency is ignored, EXIF orientation is
 * applied as in {@link decodeImage}.
 *
 * @param bytes - The whole file.
 * @param name - How error messages call it, usually its path.
 * @param limits - As for {@link decodeImage}.
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
export async function decodeMask(
  bytes: Uint8Array,
  name: string,
  limits: { readonly maxPixels?: number } = {},
): Promise<Mask> {
  if (isBmp(bytes)) return maskOf(readBmp(bytes, name, limits.maxPixels), 3);
  const { depth } = await readHeader(bytes, name, limits.maxPixels);
  const wide = depth !== 'uchar';
  const image = open(bytes)
    .autoOrient()
    .removeAlpha()
    .toColourspace(wide ? 'rgb16' : 'srgb');
  const { data, info } = await pixels(image.raw({ depth: wide ? 'ushort' : 'uchar' }), name);
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

function readBmp(bytes: Uint8Array, name: string, maxPixels?: number): RgbImage {
  const header = bmpHeader(bytes, name);
  assertPixels(name, header, maxPixels);
  return decodeBmp(bytes, header, name);
}

/** Strictest setting: a warning of the decoder (data missing or damaged) is an error. */
function open(bytes: Uint8Array) {
  return sharp(bytes, { failOn: 'warning', limitInputPixels: false });
}

async function readHeader(bytes: Uint8Array, name: string, maxPixels?: number): Promise<Metadata> {
  if (bytes.length === 0) throw new MintError('UNREADABLE_IMAGE', `${name}: the file is empty (0 bytes).`);
  const expected = 'expected a PNG, JPEG, TIFF, WebP or BMP image';
  let header: Metadata;
  try {
    header = await open(bytes).metadata();
  } catch (error) {
    throw new MintError(
      'UNREADABLE_IMAGE',
      `${name}: ${expected}, but the content of ${bytes.length} bytes is none (${oneLine(error)}).`,
      { cause: error },
    );
  }
  const { format, depth } = header;
  if (!FORMATS.includes(format)) {
    throw new MintError(
      'UNREADABLE_IMAGE',
      `${name}: ${expected}, but the content is ${format.toUpperCase()}.`,
    );
  }
  assertPixels(name, header, maxPixels);
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new MintError(
      'UNREADABLE_IMAGE',
      `${name}: expected 8 or 16 bits a channel, the image has ${depth} numbers, which have no known black and white.`,
    );
  }
  return header;
}

function assertPixels(name: string, { width, height }: Size, maxPixels = DEFAULT_MAX_PIXELS): void {
  assertPositiveInt('decodeImage', 'maxPixels', maxPixels);
  if (width * height <= maxPixels) return;
  throw new MintError(
    'IMAGE_TOO_LARGE',
    `${name}: ${width}x${height} is ${width * height} pixels, the limit is ${maxPixels}. Make the image smaller or raise \`maxPixels\`.`,
  );
}

async function pixels(image: Sharp, name: string) {
  try {
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info };
  } catch (error) {
    throw damaged(name, error);
  }
}

function damaged(name: string, error: unknown): MintError {
  const message = `${name}: the image is truncated or damaged (${oneLine(error)}).`;
  return new MintError('UNREADABLE_IMAGE', message, { cause: error });
}
