import type { Mask, Size } from '@mint/image';
import { isBmp, readBmp } from './bmp.js';
import { openFile, pixelsOf, readHeader } from './libvips.js';
import { assertPixels, type DecodeLimits } from './limits.js';
import { isPnm, readPnm } from './pnm.js';

/** Decoded values, channel by channel; an even number of channels ends in alpha. */
interface Pixels extends Size {
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
}

/**
 * Decodes a mask: 1 where any colour channel is above 0, also in 16 bits. Where that marks everything or nothing, because the mask is
 * drawn on a coloured or transparent background, it marks what differs from the background: pixels that are not transparent, or those
 * that are not of the one colour all around the edge. EXIF orientation is applied as in {@link decodeImage}.
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
  const pixels = await decodePixels(bytes, name, limits);
  const { width, height, channels } = pixels;
  const colours = channels % 2 === 0 ? channels - 1 : channels;
  const marked = markedBy(pixels, 0, colours);
  const share = count(marked);
  if (share === 0 || share === marked.length) {
    const found = notTransparent(pixels) ?? (share === 0 ? undefined : notBackground(pixels, colours));
    if (found !== undefined) return { width, height, data: found };
  }
  return { width, height, data: marked };
}

/** Decodes the values of an image without converting transparency. */
export async function decodePixels(bytes: Uint8Array, name: string, limits: DecodeLimits): Promise<Pixels> {
  if (isBmp(bytes)) return { ...readBmp(bytes, name, limits.maxPixels), channels: 3 };
  if (isPnm(bytes)) return { ...readPnm(bytes, name, limits.maxPixels), channels: 3 };
  const header = await readHeader(bytes, name, limits.maxPixels);
  const wide = header.depth !== 'uchar';
  assertPixels(name, header, limits.maxPixels, header.channels * (wide ? 2 : 1));
  const image = openFile(bytes)
    .autoOrient()
    .toColourspace(wide ? 'rgb16' : 'srgb');
  const { data, info } = await pixelsOf(image.raw({ depth: wide ? 'ushort' : 'uchar' }), name);
  const values = wide ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  return { width: info.width, height: info.height, channels: info.channels, data: values };
}

/** 1 where a channel from `first` up to but not including `end` is above 0. */
function markedBy({ width, height, channels, data }: Pixels, first: number, end: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i++) {
    let any = 0;
    for (let c = first; c < end; c++) any |= data[i * channels + c] as number;
    mask[i] = any === 0 ? 0 : 1;
  }
  return mask;
}

const count = (mask: Uint8Array): number => mask.reduce((total, bit) => total + bit, 0);

/** The pixels that are not transparent, where some are and some are not. */
function notTransparent(pixels: Pixels): Uint8Array | undefined {
  const { channels } = pixels;
  if (channels % 2 === 1) return undefined;
  const opaque = markedBy(pixels, channels - 1, channels);
  const share = count(opaque);
  return share === 0 || share === opaque.length ? undefined : opaque;
}

/** Shares of the edge and of the image that make a colour its background. */
const EDGE_SHARE = 0.9;
const IMAGE_SHARE = 0.5;

/** The pixels that are not of the colour of the edge, where one colour makes up the edge and most of the image. */
function notBackground({ width, height, channels, data }: Pixels, colours: number): Uint8Array | undefined {
  const colourAt = (i: number) => Array.from({ length: colours }, (_, c) => data[i * channels + c]).join();
  const edge = new Map<string, number>();
  let onEdge = 0;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) {
      const colour = colourAt(y * width + x);
      edge.set(colour, (edge.get(colour) ?? 0) + 1);
      onEdge += 1;
    }
  }
  const [background, most] = [...edge].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
  if (most < EDGE_SHARE * onEdge) return undefined;
  const values = background.split(',').map(Number);
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i++)
    mask[i] = values.some((value, c) => data[i * channels + c] !== value) ? 1 : 0;
  const share = count(mask);
  return share === 0 || share > IMAGE_SHARE * mask.length ? undefined : mask;
}
