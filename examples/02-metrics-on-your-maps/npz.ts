// NumPy's .npy and .npz files: numpy.org, "NPY format".
import { unzipSync } from 'fflate';

/** An array of numbers, row by row. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const READERS: Readonly<Record<string, { bytes: number; read: (view: DataView, at: number) => number }>> = {
  '|b1': { bytes: 1, read: (view, at) => view.getUint8(at) },
  '|u1': { bytes: 1, read: (view, at) => view.getUint8(at) },
  '<i4': { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  '<i8': { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  '<f2': { bytes: 2, read: (view, at) => half(view.getUint16(at, true)) },
  '<f4': { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  '<f8': { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** The arrays of an .npz file by name. @throws Error that names the file if it is not an .npz file. */
export function readNpz(bytes: Uint8Array, path: string): Record<string, NpyArray> {
  const files = unzip(bytes, path);
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name.replace(/\.npy$/, ''),
      readNpy(content, `${path}, ${name}`),
    ]),
  );
}

function unzip(bytes: Uint8Array, path: string) {
  try {
    return unzipSync(bytes);
  } catch (error) {
    throw new Error(`${path}: not an .npz file; expected the output of numpy.savez.`, { cause: error });
  }
}

/** The array of an .npy file. @throws Error that names the file if it is not an .npy file, or its type is not supported. */
function readNpy(bytes: Uint8Array, path: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || new TextDecoder('latin1').decode(bytes.subarray(0, 6)) !== '\x93NUMPY')
    throw new Error(`${path}: not a NumPy file.`);
  const long = bytes[6] !== 1;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const kind = /'descr': *'([^']+)'/.exec(header)?.[1] ?? '?';
  const shape = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1]?.match(/\d+/g)?.map(Number);
  const reader = READERS[kind];
  if (reader === undefined || shape === undefined || !header.includes("'fortran_order': False")) {
    throw new Error(
      `${path}: expected ${Object.keys(READERS).join(', ')} in C order, got ${header.trim()}. Convert it with numpy.ascontiguousarray(x, 'float32').`,
    );
  }
  const length = shape.reduce((product, side) => product * side, 1);
  if (end + length * reader.bytes !== bytes.length)
    throw new Error(
      `${path}: the header declares shape (${shape.join(', ')}), but the file has ${bytes.length - end} bytes of data.`,
    );
  return { shape, data: Float32Array.from({ length }, (_, i) => reader.read(view, end + i * reader.bytes)) };
}

function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
