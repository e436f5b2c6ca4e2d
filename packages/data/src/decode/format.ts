/** Formats that are decoded by libvips, with the bytes by which their files begin. */
const MAGIC = {
  png: [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  jpeg: [[0xff, 0xd8, 0xff]],
  // Little and big end first; 43 is BigTIFF.
  tiff: [
    [0x49, 0x49, 42, 0],
    [0x4d, 0x4d, 0, 42],
    [0x49, 0x49, 43, 0],
    [0x4d, 0x4d, 0, 43],
  ],
  webp: [[0x52, 0x49, 0x46, 0x46, undefined, undefined, undefined, undefined, 0x57, 0x45, 0x42, 0x50]],
} as const;

export type LoadedFormat = keyof typeof MAGIC;

/**
 * The format of a file by its first bytes. Undefined for any other, which no loader gets to see: libvips alone could open SVG, PDF
 * and more, but an image file contains pixels only.
 */
export function formatOf(bytes: Uint8Array): LoadedFormat | undefined {
  const starts = (magic: readonly (number | undefined)[]) =>
    magic.every((byte, i) => byte === undefined || byte === bytes[i]);
  const formats = Object.keys(MAGIC) as LoadedFormat[];
  return formats.find((format) => MAGIC[format].some(starts));
}
