import { crc32 } from 'node:zlib';
import type { Size } from '@mint/image';

/** The header of a plain PNG file: gray or RGB of 8 bits, not interlaced, without anything that changes colours. */
export interface PngHeader extends Size {
  readonly format: 'png';
  readonly channels: 1 | 3;
  /** Where the parts of the compressed pixels begin and end. */
  readonly data: readonly (readonly [begin: number, end: number])[];
}

const SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Colour space, pixel size and time: none of our decoders changes a pixel because of them. */
const OTHER: readonly string[] = ['sRGB', 'gAMA', 'cHRM', 'pHYs', 'tIME'];
const CHANNELS = new Map<number, 1 | 3>([
  [0, 1],
  [2, 3],
]);

/**
 * Reads the chunks of a PNG file and checks their checksums. Undefined for a file that is not plain, damaged, or not a PNG: a
 * full reader must then decide.
 *
 * @see PNG specification, second edition, sections 5 and 11.
 */
export function pngHeader(bytes: Uint8Array): PngHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return undefined;
  let header: Omit<PngHeader, 'data'> | undefined;
  const data: (readonly [number, number])[] = [];
  let [before, at] = ['', SIGNATURE.length];
  while (at + 12 <= bytes.length) {
    const [begin, end] = [at + 8, at + 8 + view.getUint32(at)];
    if (end + 4 > bytes.length) return undefined;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) return undefined;
    const type = String.fromCharCode(...bytes.subarray(at + 4, begin));
    at = end + 4;
    if (header === undefined) {
      if (type !== 'IHDR' || end - begin !== 13) return undefined;
      header = imageHeader(new DataView(view.buffer, view.byteOffset + begin, 13));
      if (header === undefined) return undefined;
    } else if (type === 'IDAT') {
      if (data.length > 0 && before !== 'IDAT') return undefined;
      data.push([begin, end]);
    } else if (type === 'IEND') {
      return end === begin && at === bytes.length && data.length > 0 ? { ...header, data } : undefined;
    } else if (!OTHER.includes(type)) return undefined;
    before = type;
  }
  return undefined;
}

function imageHeader(chunk: DataView): Omit<PngHeader, 'data'> | undefined {
  const [width, height] = [chunk.getUint32(0), chunk.getUint32(4)];
  const [depth, colour, ...methods] = [8, 9, 10, 11, 12].map((at) => chunk.getUint8(at));
  const channels = CHANNELS.get(colour ?? -1);
  const plain = depth === 8 && methods.every((method) => method === 0);
  if (!plain || channels === undefined || width === 0 || height === 0) return undefined;
  return { format: 'png', width, height, channels };
}
