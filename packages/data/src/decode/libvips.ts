import { MintError, oneLine } from '@mint/internal';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { assertPixels } from './limits.js';

/** Formats by content. Other formats that libvips could open (SVG, PDF, …) are refused: an image file contains pixels only. */
const FORMATS: readonly string[] = ['png', 'jpeg', 'tiff', 'webp'];

/** Opens an image file at the strictest setting: a warning of the decoder (missing or damaged data) is an error. */
export function openFile(bytes: Uint8Array): Sharp {
  return sharp(bytes, { failOn: 'warning', limitInputPixels: false });
}

/** Reads the header of an image file and refuses what cannot be decoded; float numbers too unless `floats`. */
export async function readHeader(
  bytes: Uint8Array,
  name: string,
  maxPixels?: number | undefined,
  floats = false,
): Promise<Metadata> {
  if (bytes.length === 0) throw new MintError('UNREADABLE_IMAGE', `${name}: the file is empty (0 bytes).`);
  const expected = 'expected a PNG, JPEG, TIFF, WebP or BMP image';
  let header: Metadata;
  try {
    header = await openFile(bytes).metadata();
  } catch (error) {
    throw new MintError(
      'UNREADABLE_IMAGE',
      `${name}: ${expected}, but the file of ${bytes.length} bytes is not one (${oneLine(error)}).`,
      { cause: error },
    );
  }
  const { format, depth } = header;
  if (!FORMATS.includes(format)) {
    throw new MintError('UNREADABLE_IMAGE', `${name}: ${expected}, but the file is ${format.toUpperCase()}.`);
  }
  assertPixels(name, header, maxPixels);
  if (depth !== 'uchar' && depth !== 'ushort' && !(floats && depth === 'float')) {
    throw new MintError(
      'UNREADABLE_IMAGE',
      `${name}: expected 8 or 16 bits per channel, the image has ${depth} numbers, for which black and white are not defined.`,
    );
  }
  return header;
}

/** Decodes the pixels of an opened file. */
export async function pixelsOf(image: Sharp, name: string) {
  try {
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info };
  } catch (error) {
    throw damaged(name, error);
  }
}

export function damaged(name: string, error: unknown): MintError {
  const message = `${name}: the image is truncated or damaged (${oneLine(error)}).`;
  return new MintError('UNREADABLE_IMAGE', message, { cause: error });
}
