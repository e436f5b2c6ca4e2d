import type { Size } from '@mint/data';
import { OVERLAY_MARK } from '@mint/internal';

type FloatMap = Size & { readonly data: Float32Array };

/** A map as an array file of NumPy: `[height, width]`, float32, little-endian, version 1.0. */
export function npyFile({ width, height, data }: FloatMap): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  // Magic, version, length and header end at a multiple of 64 bytes, with a line break.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const file = Buffer.alloc(10 + length + 4 * data.length, ' ');
  file.write('\x93NUMPY\x01\0', 'latin1');
  file.writeUInt16LE(length, 8);
  file.write(text, 10, 'latin1');
  file.write('\n', 9 + length, 'latin1');
  writeFloats(file, 10 + length, data);
  return file;
}

/** Tags of a TIFF file that are used here, in the order that the format asks for. */
const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  software: 305,
  sampleFormat: 339,
} as const;

const LONG = 4;
const ASCII = 2;
/** The last bytes of the file, by which a map is never taken for an image of a product; the tag's value is what follows the name. */
const NAME = 'Software\0';
const SOFTWARE = `${OVERLAY_MARK}\0`;

/** A map as a TIFF file of 32-bit floats: one strip, not compressed, little-endian. */
export function tiffFile({ width, height, data }: FloatMap): Uint8Array {
  const directory = 8 + 4 * data.length;
  const end = directory + 2 + 12 * Object.keys(TAG).length + 4;
  const entries: readonly (readonly [tag: number, value: number])[] = [
    [TAG.width, width],
    [TAG.height, height],
    [TAG.bitsPerSample, 32],
    [TAG.compression, 1],
    [TAG.photometric, 1],
    [TAG.stripOffsets, 8],
    [TAG.samplesPerPixel, 1],
    [TAG.rowsPerStrip, height],
    [TAG.stripByteCounts, 4 * data.length],
    [TAG.software, end + NAME.length],
    [TAG.sampleFormat, 3],
  ];
  const file = Buffer.alloc(end + NAME.length + SOFTWARE.length);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(directory, 4);
  writeFloats(file, 8, data);
  file.writeUInt16LE(entries.length, directory);
  entries.forEach(([tag, value], i) => {
    const at = directory + 2 + 12 * i;
    file.writeUInt16LE(tag, at);
    const isText = tag === TAG.software;
    file.writeUInt16LE(isText ? ASCII : LONG, at + 2);
    file.writeUInt32LE(isText ? SOFTWARE.length : 1, at + 4);
    file.writeUInt32LE(value, at + 8);
  });
  file.write(NAME + SOFTWARE, end, 'latin1');
  return file;
}

function writeFloats(file: Buffer, start: number, data: Float32Array): void {
  data.forEach((value, i) => {
    file.writeFloatLE(value, start + 4 * i);
  });
}
