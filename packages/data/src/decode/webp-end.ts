/** Bytes removed; even, because chunks are padded to even lengths. */
const CUT = 8;

/**
 * A copy of a lossy WebP file whose image data ends 8 bytes early, with all lengths right. A sound file cannot be decoded then,
 * because its last blocks need the last bytes. A file that still decodes is damaged before its end.
 *
 * @returns Undefined for a file without one lossy image, or with hardly any data.
 * @see RFC 9649 (WebP container), RFC 6386 (VP8).
 */
export function withoutWebpEnd(bytes: Uint8Array): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size;
    if (view.getUint32(at) === 0x56503820) {
      if (end > bytes.length || size < 4 * CUT) return undefined;
      const out = new Uint8Array(bytes.length - CUT);
      out.set(bytes.subarray(0, end - CUT));
      out.set(bytes.subarray(end), end - CUT);
      const lengths = new DataView(out.buffer);
      lengths.setUint32(4, view.getUint32(4, true) - CUT, true);
      lengths.setUint32(at + 4, size - CUT, true);
      return out;
    }
    at = end + (size % 2);
  }
  return undefined;
}
