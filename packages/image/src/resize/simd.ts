import { fromBase64, withInstance } from '@mint/internal';
import { RESIZE_SIMD } from './simd-module.js';
import type { Taps } from './taps.js';

/** Rows go through the kernel in blocks of about this many bytes, so that a block is still in the processor's cache. */
const BLOCK = 2 ** 18;
/** The kernel reads and writes up to a row and 16 bytes past the end; nothing there counts. */
const MARGIN = 32;

interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly columns: (...args: number[]) => void;
  readonly rows: (...args: number[]) => void;
}

const withKernel = /* @__PURE__ */ withInstance<Kernel>(RESIZE_SIMD);
let hasSimd: boolean | undefined;

/**
 * The two passes of a resize with SIMD, `[height, width, 3]`; a pass without taps is left out. The bytes are those of
 * `resizePlain`. Undefined on a processor without SIMD.
 */
export function resizeSimd(
  source: Uint8Array,
  from: { readonly width: number; readonly height: number },
  columns: Taps | undefined,
  rows: Taps | undefined,
): Uint8Array | undefined {
  hasSimd ??= WebAssembly.validate(fromBase64(RESIZE_SIMD));
  if (!hasSimd) return undefined;
  return withKernel((kernel) => resizeWith(kernel, source, from, columns, rows));
}

function resizeWith(
  kernel: Kernel,
  source: Uint8Array,
  from: { readonly width: number; readonly height: number },
  columns: Taps | undefined,
  rows: Taps | undefined,
): Uint8Array {
  const { memory } = kernel;
  const width = columns?.count.length ?? from.width;
  const height = rows?.count.length ?? from.height;
  const [sourceStride, stride] = [from.width * 3, width * 3];
  const blockRows = Math.max(1, Math.min(from.height, Math.floor(BLOCK / sourceStride)));

  let end = 0;
  const reserve = (size: number) => {
    const at = end;
    end += Math.ceil((size + MARGIN) / 16) * 16;
    return at;
  };
  const columnTables = reserveTables(columns, reserve);
  const rowTables = reserveTables(rows, reserve);
  const block = reserve(blockRows * sourceStride);
  const middle = reserve((from.height + 1) * stride);
  const out = rows === undefined ? middle : reserve(height * stride);
  if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 2 ** 16));
  const view = new Uint8Array(memory.buffer);

  if (columns === undefined) view.set(source.subarray(0, from.height * stride), middle);
  else {
    const tables = writeTables(memory, columnTables, columns, 3);
    for (let y = 0; y < from.height; y += blockRows) {
      const count = Math.min(blockRows, from.height - y);
      view.set(source.subarray(y * sourceStride, (y + count) * sourceStride), block);
      kernel.columns(block, sourceStride, count, middle + y * stride, width, ...tables);
    }
  }
  if (rows !== undefined)
    kernel.rows(middle, stride, out, height, ...writeTables(memory, rowTables, rows, stride));
  return view.slice(out, out + height * stride);
}

type Tables = readonly [first: number, pairs: number, packed: number];

function reserveTables(taps: Taps | undefined, reserve: (size: number) => number): Tables {
  if (taps === undefined) return [0, 0, 0];
  return [reserve(taps.first.byteLength), reserve(taps.pairs.byteLength), reserve(taps.packed.byteLength)];
}

/** Writes taps where the kernel finds them; `step` is the distance of two input positions in bytes. Gives the kernel's arguments. */
function writeTables(memory: WebAssembly.Memory, [first, pairs, packed]: Tables, taps: Taps, step: number) {
  const { length } = taps.count;
  const offsets = new Int32Array(memory.buffer, first, length);
  for (let i = 0; i < length; i++) offsets[i] = (taps.first[i] as number) * step;
  new Int32Array(memory.buffer, pairs, length).set(taps.pairs);
  new Int16Array(memory.buffer, packed, taps.packed.length).set(taps.packed);
  return [first, pairs, packed, (taps.packed.byteLength / length) | 0] as const;
}
