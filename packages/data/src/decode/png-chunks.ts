import { crc32 } from 'node:zlib';
import { damaged } from './damaged.js';

const SIGNATURE_BYTES = 8;

/**
 * Checks the checksums of a PNG file's chunks. A decoder leaves out a damaged chunk that is not needed, such as a colour profile, and
 * gives an image of other colours.
 *
 * @throws MintError `UNREADABLE_IMAGE`. A file that ends too early is left to the decoder.
 * @see PNG specification, second edition, section 5.
 */
export function assertPngChunks(bytes: Uint8Array, name: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length; ) {
    const [begin, end] = [at + 8, at + 8 + view.getUint32(at)];
    if (end + 4 > bytes.length) return;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      throw damaged(name, new Error(`the checksum of the bytes from ${at} to ${end} is wrong`));
    if (bytes[at + 4] === 0x49 && bytes[at + 5] === 0x45 && begin === end) return; // IEND
    at = end + 4;
  }
}
