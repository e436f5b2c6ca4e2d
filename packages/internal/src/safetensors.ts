import { MintError } from './error.js';
import { halvesToFloats } from './half.js';
import { shown } from './text/text.js';

/** A tensor of a safetensors file; F16 and BF16 come back as float32 values. */
export interface TypedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** A tensor to be written as F16: `data` has the 16 bits of each value, as `floatToHalf` gives them. */
export interface HalfTensor {
  readonly shape: readonly number[];
  readonly data: Uint16Array;
}

export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, TypedTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The header of the largest real models is a few MB; memory for a crafted length must not be allocated. */
const MAX_HEADER_BYTES = 25_000_000;
const MAX_RANK = 16;
/** Sizes are multiplied together, so each one is bounded first. */
const MAX_DIMENSION = 2 ** 31;

const BYTES = { F64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1, BOOL: 1 } as const;
type Dtype = keyof typeof BYTES;

/** Where a tensor lies in a safetensors file; offsets count from the end of the header. */
export interface TensorEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** Name and place of each tensor, in the order of their bytes. */
  readonly entries: readonly (readonly [string, TensorEntry])[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes before the data. */
  readonly dataStart: number;
}

/**
 * Reads a safetensors file (F64, F32, F16, BF16, I32, U8, BOOL).
 *
 * @param bytes - The whole file.
 * @param name - Name of the file in error messages, usually its path.
 * @throws MintError `CORRUPT_FILE` naming file, tensor and both numbers when anything does not add up:
 * header longer than the file, offsets outside the data, overlapping, leaving holes or unequal to the shape's size.
 * @see https://github.com/huggingface/safetensors#format
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const { entries, metadata, dataStart } = parseSafetensorsHeader(bytes, bytes.length, name);
  const tensors: Record<string, TypedTensor> = Object.create(null);
  for (const [key, { shape, dtype, begin, end }] of entries)
    tensors[key] = { shape, data: decodeData(bytes.subarray(dataStart + begin, dataStart + end), dtype) };
  return { tensors, metadata };
}

/** Bytes of a safetensors file before its data, read from its first eight. @throws MintError as {@link decodeSafetensors}. */
export function safetensorsDataStart(bytes: Uint8Array, fileBytes: number, name: string): number {
  if (bytes.length < 8) throw invalid(name, `it has ${bytes.length} bytes, the header length alone takes 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerBytes > MAX_HEADER_BYTES)
    throw invalid(name, `its header claims ${headerBytes} bytes, the limit is ${MAX_HEADER_BYTES}`);
  if (8 + headerBytes > fileBytes) {
    const what = `its header claims ${headerBytes} bytes but the file has only ${fileBytes}; it may be truncated`;
    throw invalid(name, what);
  }
  return 8 + headerBytes;
}

/**
 * Reads and checks the header alone.
 *
 * @param bytes - The file, at least up to its data.
 * @param fileBytes - Size of the whole file.
 * @throws MintError as {@link decodeSafetensors}.
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  fileBytes: number,
  name: string,
): SafetensorsHeader {
  const fail = (what: string): never => {
    throw invalid(name, what);
  };
  const dataStart = safetensorsDataStart(bytes, fileBytes, name);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart)));
  } catch {
    return fail('its header is not JSON');
  }
  if (!isRecord(header)) return fail('its header is not a JSON object');
  const metadata: Record<string, string> = {};
  const entries: [string, TensorEntry][] = [];
  for (const [key, value] of Object.entries(header)) {
    if (key === '__metadata__') {
      if (!isRecord(value)) return fail('its __metadata__ is not an object');
      for (const [k, v] of Object.entries(value)) {
        if (typeof v !== 'string') return fail(`metadata ${shown(k)} is not text`);
        metadata[k] = v;
      }
    } else {
      entries.push([key, parseEntry(key, value, fileBytes - dataStart, fail)]);
    }
  }
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let previousEnd = 0;
  for (const [key, entry] of entries) {
    if (entry.begin < previousEnd) return fail(`tensor ${shown(key)} overlaps the one before it`);
    // The format forbids holes; one is also what a tensor leaves whose name is there twice.
    if (entry.begin > previousEnd) return fail(`no tensor has the bytes before tensor ${shown(key)}`);
    previousEnd = entry.end;
  }
  const rest = fileBytes - dataStart - previousEnd;
  if (rest > 0) return fail(`no tensor has its last ${rest} bytes`);
  return { entries, metadata, dataStart };
}

function invalid(name: string, what: string): MintError {
  return new MintError('CORRUPT_FILE', `${name}: not a valid safetensors file: ${what}.`);
}

function parseEntry(
  key: string,
  value: unknown,
  dataBytes: number,
  fail: (what: string) => never,
): TensorEntry {
  const name = `tensor ${shown(key)}`;
  if (!isRecord(value)) return fail(`${name} has no description`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) {
    return fail(`${name} has dtype ${shown(dtype)}; known are ${Object.keys(BYTES).join(', ')}`);
  }
  if (
    !Array.isArray(shape) ||
    shape.length > MAX_RANK ||
    !shape.every((d) => Number.isInteger(d) && d >= 0 && d <= MAX_DIMENSION)
  ) {
    return fail(`${name} has an impossible shape (${shown(shape)})`);
  }
  if (
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every((o) => Number.isSafeInteger(o) && o >= 0)
  ) {
    return fail(`${name} has impossible offsets (${shown(offsets)})`);
  }
  const [begin, end] = offsets as [number, number];
  const known = dtype as Dtype;
  const expected = shape.reduce((size: number, d: number) => size * d, BYTES[known]);
  if (end > dataBytes) {
    return fail(
      `${name} ends at byte ${end} but the file holds ${dataBytes} bytes of data; it may be truncated`,
    );
  }
  if (end - begin !== expected) {
    return fail(`${name} of shape [${shape}] needs ${expected} bytes but its offsets give ${end - begin}`);
  }
  return { dtype: known, shape, begin, end };
}

function decodeData(bytes: Uint8Array, dtype: Dtype): TypedTensor['data'] {
  // A copy starts at offset 0, so that the typed arrays below are aligned wherever the bytes came from.
  const { buffer } = new Uint8Array(bytes); // not slice(), which only gives a view when the bytes are a Node.js Buffer
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'F16':
      return halvesToFloats(new Uint16Array(buffer));
    case 'BF16': {
      const words = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
      return new Float32Array(words.buffer);
    }
    default:
      return new Uint8Array(buffer);
  }
}

/**
 * Writes a safetensors file: float32 as F32, float64 as F64, int32 as I32, 16-bit words as F16, bytes as U8. Tensors lie in the
 * order of their names and start at multiples of 8, so equal content gives equal bytes.
 *
 * @throws MintError `SHAPE_MISMATCH` when a tensor's shape and data disagree.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TypedTensor | HalfTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(tensors).sort();
  const entries: [string, TensorEntry][] = [];
  const parts: Uint8Array[] = [];
  let end = 0;
  // Widest type first: every tensor is then aligned without gaps, which the format forbids.
  const ordered = names.map((name) => [name, tensors[name] as TypedTensor | HalfTensor] as const);
  ordered.sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  for (const [name, { shape, data }] of ordered) {
    const size = shape.reduce((product, d) => product * d, 1);
    if (size !== data.length) {
      throw new MintError(
        'SHAPE_MISMATCH',
        `encodeSafetensors: '${name}' has shape [${shape}] but ${data.length} values.`,
      );
    }
    entries.push([name, { dtype: dtypeOf(data), shape, begin: end, end: end + data.byteLength }]);
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    end += data.byteLength;
  }
  const header = encodeSafetensorsHeader(entries, metadata);
  const file = new Uint8Array(header.length + end);
  file.set(header);
  parts.forEach((bytes, i) => {
    file.set(bytes, header.length + (entries[i]?.[1].begin ?? 0));
  });
  return file;
}

/** The bytes of a safetensors file before its data, a multiple of 8. */
export function encodeSafetensorsHeader(
  entries: SafetensorsHeader['entries'],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  for (const [name, { dtype, shape, begin, end }] of entries)
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20, 8);
  new DataView(bytes.buffer).setUint32(0, padded, true);
  bytes.set(text, 8);
  return bytes;
}

function dtypeOf(data: (TypedTensor | HalfTensor)['data']): Dtype {
  const { [Symbol.toStringTag]: kind } = data; // also of an array from another realm
  if (kind === 'Float32Array') return 'F32';
  if (kind === 'Float64Array') return 'F64';
  if (kind === 'Uint16Array') return 'F16';
  return kind === 'Int32Array' ? 'I32' : 'U8';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
