import type { RgbImage } from '@mint/image';
import { MintError } from '@mint/internal';
import { assertPixels } from './limits.js';

/** Whether the bytes start like a PGM or PPM image, as text (P2, P3) or binary (P5, P6). */
export const isPnm = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1] ?? 0) && isSpace(bytes[2] ?? 0);

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/** Reads a PGM or PPM image. Values become 8 bits by their stated maximum; gray becomes three equal channels. */
export function readPnm(bytes: Uint8Array, name: string, maxPixels?: number | undefined): RgbImage {
  const kind = (bytes[1] ?? 0) - 0x30;
  const scan = { at: 2 };
  const [width = 0, height = 0, max = 0] = [0, 1, 2].map(() => nextNumber(bytes, scan) ?? 0);
  if (width < 1 || height < 1 || max < 1 || max > 65535) throw damaged(name, 'its header is not valid');
  assertPixels(name, { width, height }, maxPixels);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const wide = max > 255 ? 2 : 1;
  const start = scan.at + 1;
  // As text, a value takes a digit and a space at least.
  const least = width * height * channels * (kind < 5 ? 2 : wide) - (kind < 5 ? 1 : 0);
  if (bytes.length < start + least) throw damaged(name, 'it ends too early');
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height * channels; i++) {
    const value = kind < 5 ? nextNumber(bytes, scan) : binaryAt(bytes, start + i * wide, wide);
    if (value === undefined || value > max) throw damaged(name, 'its pixels are damaged or end too early');
    const byte = max === 255 ? value : max === 65535 ? value >> 8 : Math.round((255 * value) / max);
    if (channels === 3) data[i] = byte;
    else data.fill(byte, 3 * i, 3 * i + 3);
  }
  return { width, height, data };
}

const binaryAt = (bytes: Uint8Array, at: number, wide: number): number =>
  wide === 1 ? (bytes[at] ?? 0) : 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);

/** The next decimal number; comments from `#` to the end of the line are skipped. */
function nextNumber(bytes: Uint8Array, scan: { at: number }): number | undefined {
  let byte = bytes[scan.at];
  while (byte !== undefined && (isSpace(byte) || byte === 0x23)) {
    if (byte === 0x23) while (bytes[scan.at] !== undefined && bytes[scan.at] !== 10) scan.at += 1;
    else scan.at += 1;
    byte = bytes[scan.at];
  }
  let value: number | undefined;
  while (byte !== undefined && byte >= 0x30 && byte <= 0x39 && (value ?? 0) < 1e9) {
    value = 10 * (value ?? 0) + byte - 0x30;
    scan.at += 1;
    byte = bytes[scan.at];
  }
  return value;
}

const damaged = (name: string, what: string): MintError =>
  new MintError('UNREADABLE_IMAGE', `${name}: the PNM image is truncated or damaged: ${what}.`);
