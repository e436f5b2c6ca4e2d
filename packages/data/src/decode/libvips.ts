import { MintError, oneLine, printable } from '@mint/internal';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { damaged } from './damaged.js';
import { formatOf } from './format.js';
import { assertPixels } from './limits.js';
import { assertPngChunks } from './png-chunks.js';

/**
 * Opens an image file whose header was read at the strictest setting: a warning of the decoder (missing or damaged data) is an
 * error.
 */
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
  const format = formatOf(bytes);
  if (format === undefined) {
    const message = `${name}: ${expected}, but the file of ${bytes.length} bytes is not one; it begins with '${startOf(bytes)}'.`;
    throw new MintError('UNREADABLE_IMAGE', message);
  }
  if (format === 'png') assertPngChunks(bytes, name);
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
  const { depth } = header;
  if (header.format !== format) {
    const message = `${name}: begins like a ${format.toUpperCase()} image, but is ${header.format.toUpperCase()}.`;
    throw new MintError('UNREADABLE_IMAGE', message);
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

/** The first bytes of a file, as text where they are. */
const startOf = (bytes: Uint8Array): string =>
  printable(new TextDecoder('latin1').decode(bytes.subarray(0, 12)), 12);

/** Decodes the pixels of an opened file. */
export async function pixelsOf(image: Sharp, name: string) {
  try {
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info };
  } catch (error) {
    throw damaged(name, error);
  }
}
