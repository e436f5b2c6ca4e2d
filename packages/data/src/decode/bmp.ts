import type { RgbImage } from '@mint/image';
import { MintError } from '@mint/internal';
import { assertPixels } from './limits.js';

/** What a BMP header says about the arrangement of its pixels. */
interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  /** Byte at which the pixels begin. */
  readonly start: number;
  /** Bytes of a row, a multiple of 4. */
  readonly stride: number;
  /** Four bytes per colour: B, G, R and one unused; empty above 8 bits. */
  readonly palette: Uint8Array;
}

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

/**
 * Reads the header of an uncompressed Windows BMP of 1, 4, 8, 24 or 32 bits per pixel. Everything is checked against the
 * length of the file, so a header that promises more than there is allocates nothing.
 *
 * @throws MintError `UNREADABLE_IMAGE` for a damaged or truncated file, or another kind of BMP.
 */
export function bmpHeader(bytes: Uint8Array, name: string): BmpHeader {
  const fail = (what: string): never => {
    throw new MintError('UNREADABLE_IMAGE', `${name}: ${what}.`);
  };
  if (bytes.length < 54) fail(`the BMP file is truncated: ${bytes.length} bytes, the header alone takes 54`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, dib] = [view.getUint32(10, true), view.getUint32(14, true)];
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [planes, bits] = [view.getUint16(26, true), view.getUint16(28, true)];
  const [compression, coloursUsed] = [view.getUint32(30, true), view.getUint32(46, true)];
  if (![40, 52, 56, 108, 124].includes(dib))
    fail(`a BMP header of ${dib} bytes is not supported. Save the image as PNG`);
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1 || planes !== 1)
    fail(`the BMP header is damaged (${width}x${signedHeight}, ${planes} planes)`);
  if (![1, 4, 8, 24, 32].includes(bits))
    fail(`BMP with ${bits} bits per pixel is not supported. Save the image as PNG`);
  const masks = 14 + 40;
  const usualMasks =
    compression === 3 &&
    bits === 32 &&
    bytes.length >= masks + 12 &&
    view.getUint32(masks, true) === 0xff0000 &&
    view.getUint32(masks + 4, true) === 0xff00 &&
    view.getUint32(masks + 8, true) === 0xff;
  if (compression !== 0 && !usualMasks)
    fail(`BMP compression ${compression} is not supported. Save the image as PNG`);
  const colours = bits > 8 ? 0 : coloursUsed === 0 ? 2 ** bits : coloursUsed;
  if (colours > 256) fail(`the BMP header is damaged (${colours} colours)`);
  const stride = Math.floor((bits * width + 31) / 32) * 4;
  const paletteAt = 14 + dib;
  if (start < paletteAt + 4 * colours) fail(`the BMP header is damaged (pixels begin at byte ${start})`);
  if (start + stride * height > bytes.length) {
    fail(
      `the image is truncated or damaged: ${width}x${height} in ${bits} bits need ${start + stride * height} bytes, there are ${bytes.length}`,
    );
  }
  const palette = bytes.subarray(paletteAt, paletteAt + 4 * colours);
  return { width, height, topDown: signedHeight < 0, bits, start, stride, palette };
}

/** Decodes an uncompressed BMP up to a size. */
export function readBmp(bytes: Uint8Array, name: string, maxPixels: number | undefined): RgbImage {
  const header = bmpHeader(bytes, name);
  assertPixels(name, header, maxPixels);
  return decodeBmp(bytes, header, name);
}

/**
 * Decodes the pixels of a BMP, `[height, width, 3]`; a fourth byte per pixel is ignored.
 *
 * @throws MintError `UNREADABLE_IMAGE` as {@link bmpHeader}, and for a pixel whose colour the palette does not have.
 */
function decodeBmp(bytes: Uint8Array, header: BmpHeader, name: string): RgbImage {
  const { width, height, topDown, bits, start, stride, palette } = header;
  const data = new Uint8Array(width * height * 3);
  const perByte = Math.max(1, 8 / bits);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = start + stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++, at += 3) {
      let source = bytes;
      let from = row + (x * bits) / 8;
      if (bits <= 8) {
        const shift = 8 - bits * ((x % perByte) + 1);
        source = palette;
        from = 4 * (((bytes[row + Math.floor(x / perByte)] as number) >> shift) & (2 ** bits - 1));
        if (from >= palette.length)
          throw new MintError(
            'UNREADABLE_IMAGE',
            `${name}: the image is damaged: colour ${from / 4} of a palette of ${palette.length / 4}.`,
          );
      }
      data[at] = source[from + 2] as number;
      data[at + 1] = source[from + 1] as number;
      data[at + 2] = source[from] as number;
    }
  }
  return { width, height, data };
}
