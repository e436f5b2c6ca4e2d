import { FRACTION_BITS, type Taps } from './taps.js';

const HALF = 1 << (FRACTION_BITS - 1);

/** The two passes of a resize without SIMD, `[height, width, 3]`; a pass without taps is left out. */
export function resizePlain(
  source: Uint8Array,
  from: { readonly width: number; readonly height: number },
  columns: Taps | undefined,
  rows: Taps | undefined,
): Uint8Array {
  const width = columns?.count.length ?? from.width;
  const narrowed = columns === undefined ? source : resizeColumns(source, from.height, from.width, columns);
  return rows === undefined ? narrowed : resizeRows(narrowed, width * 3, rows);
}

function resizeColumns(source: Uint8Array, rows: number, from: number, taps: Taps): Uint8Array {
  const { first, count, weights, width } = taps;
  const to = count.length;
  const out = new Uint8Array(rows * to * 3);
  let at = 0;
  for (let y = 0; y < rows; y++) {
    const start = y * from * 3;
    for (let x = 0; x < to; x++) {
      let r = HALF;
      let g = HALF;
      let b = HALF;
      let p = start + (first[x] as number) * 3;
      const begin = x * width;
      const end = begin + (count[x] as number);
      for (let k = begin; k < end; k++) {
        const w = weights[k] as number;
        r = (r + Math.imul(source[p] as number, w)) | 0;
        g = (g + Math.imul(source[p + 1] as number, w)) | 0;
        b = (b + Math.imul(source[p + 2] as number, w)) | 0;
        p += 3;
      }
      out[at] = clip(r);
      out[at + 1] = clip(g);
      out[at + 2] = clip(b);
      at += 3;
    }
  }
  return out;
}

function resizeRows(source: Uint8Array, rowLength: number, taps: Taps): Uint8Array {
  const { first, count, weights, width } = taps;
  const to = count.length;
  const out = new Uint8Array(to * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < to; y++) {
    sums.fill(HALF);
    const n = count[y] as number;
    for (let k = 0; k < n; k++) {
      const w = weights[y * width + k] as number;
      const p = ((first[y] as number) + k) * rowLength;
      for (let x = 0; x < rowLength; x++)
        sums[x] = ((sums[x] as number) + Math.imul(source[p + x] as number, w)) | 0;
    }
    const start = y * rowLength;
    for (let x = 0; x < rowLength; x++) out[start + x] = clip(sums[x] as number);
  }
  return out;
}

function clip(fixed: number): number {
  const value = fixed >> FRACTION_BITS;
  return value < 0 ? 0 : Math.min(value, 255);
}
