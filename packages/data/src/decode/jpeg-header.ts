import type { Size } from '@mint/image';

/** The header of a plain JPEG file: gray or three channels of 8 bits, without a colour profile or Adobe's marker. */
export interface JpegHeader extends Size {
  readonly format: 'jpeg';
  /** EXIF orientation, 1 to 8. */
  readonly orientation: number;
}

const [START, START_OF_SCAN, EXIF, PROFILE, ADOBE] = [0xd8, 0xda, 0xe1, 0xe2, 0xee];
/** Baseline, extended, progressive. */
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];
/** Tables, restart interval, JFIF, data of other applications, comments: none of them changes how the image is decoded. */
const isOther = (marker: number) =>
  [0xc4, 0xcc, 0xdb, 0xdd, 0xe0, 0xfe].includes(marker) || (marker > PROFILE && marker < 0xf0);

/**
 * Reads the header of a JPEG file up to the first scan. Undefined for a file that is not plain, damaged, or not a JPEG: a
 * full reader must then decide.
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 0xff || bytes[1] !== START) return undefined;
  let size: Size | undefined;
  let orientation: number | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    const end = at + 2 + view.getUint16(at + 2);
    if (bytes[at] !== 0xff || end < at + 4 || end > bytes.length) return undefined;
    if (marker === START_OF_SCAN) return size && { format: 'jpeg', ...size, orientation: orientation ?? 1 };
    if (FRAMES.includes(marker)) {
      if (size !== undefined || end < at + 10) return undefined;
      size = { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
      if (bytes[at + 4] !== 8 || size.width * size.height === 0) return undefined;
      if (bytes[at + 9] !== 1 && bytes[at + 9] !== 3) return undefined;
    } else if (marker === EXIF && starts(bytes.subarray(at + 4, end), 'Exif\0\0')) {
      if (orientation !== undefined) return undefined;
      orientation = exifOrientation(new DataView(view.buffer, view.byteOffset + at + 10, end - at - 10));
      if (orientation === undefined) return undefined;
    } else if (
      marker === ADOBE ||
      (marker === PROFILE && starts(bytes.subarray(at + 4, end), 'ICC_PROFILE'))
    ) {
      return undefined;
    } else if (marker !== EXIF && marker !== PROFILE && !isOther(marker)) return undefined;
    at = end;
  }
  return undefined;
}

/** Whether a segment starts with this text. A segment is never read past its end. */
function starts(segment: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => segment[i] === character.charCodeAt(0));
}

/** The orientation in the first directory of TIFF data, 1 without one; undefined where the data is odd. */
function exifOrientation(tiff: DataView): number | undefined {
  if (tiff.byteLength < 10) return undefined;
  const order = tiff.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || tiff.getUint16(2, little) !== 42) return undefined;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return undefined;
  const end = directory + 2 + 12 * tiff.getUint16(directory, little);
  if (end > tiff.byteLength) return undefined;
  let orientation: number | undefined;
  for (let entry = directory + 2; entry < end; entry += 12) {
    if (tiff.getUint16(entry, little) !== 0x0112) continue;
    const short = tiff.getUint16(entry + 2, little) === 3 && tiff.getUint32(entry + 4, little) === 1;
    const value = tiff.getUint16(entry + 8, little);
    if (!short || orientation !== undefined || value < 1 || value > 8) return undefined;
    orientation = value;
  }
  return orientation ?? 1;
}
