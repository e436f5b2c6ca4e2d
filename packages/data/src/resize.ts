import { assertOneOf, assertPositiveInt, MintError } from '@mint/internal';
import type { Mask, RgbImage } from './types.js';

/** Pillow's BILINEAR, BICUBIC (a = −½) and LANCZOS (also called ANTIALIAS, three lobes). */
export type ResizeFilter = 'bilinear' | 'bicubic' | 'lanczos';

const FRACTION_BITS = 22;

interface Kernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

const KERNELS: Readonly<Record<ResizeFilter, Kernel>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** For each output position: the first input position, how many, and their fixed-point weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `[output, width]`, rows padded with zeros. */
  readonly weights: Int32Array;
  readonly width: number;
}

function computeTaps(from: number, to: number, { support, weight }: Kernel): Taps {
  const scale = from / to;
  const widen = Math.max(scale, 1);
  const reach = support * widen;
  const width = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * width);
  const row = new Float64Array(width);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.floor(centre - reach + 0.5));
    const n = Math.min(from, Math.floor(centre + reach + 0.5)) - begin;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      row[k] = weight((k + begin - centre + 0.5) * (1 / widen));
      sum += row[k] as number;
    }
    for (let k = 0; k < n; k++) {
      const fixed = ((row[k] as number) / sum) * 2 ** FRACTION_BITS;
      weights[i * width + k] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    first[i] = begin;
    count[i] = n;
  }
  return { first, count, weights, width };
}

/** The last few tables: a data set has a handful of picture sizes, and its pictures share them. */
const tapsCache = new Map<string, Taps>();
const TAPS_CACHE_SIZE = 32;

function tapsFor(from: number, to: number, filter: ResizeFilter): Taps {
  const key = `${filter} ${from} ${to}`;
  const taps = tapsCache.get(key) ?? computeTaps(from, to, KERNELS[filter]);
  tapsCache.delete(key);
  tapsCache.set(key, taps);
  if (tapsCache.size > TAPS_CACHE_SIZE) {
    for (const oldest of tapsCache.keys()) {
      tapsCache.delete(oldest);
      break;
    }
  }
  return taps;
}

const HALF = 1 << (FRACTION_BITS - 1);

function resizeColumns(source: Uint8Array, rows: number, from: number, to: number, taps: Taps): Uint8Array {
  const { first, count, weights, width } = taps;
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

function resizeRows(source: Uint8Array, rowLength: number, to: number, taps: Taps): Uint8Array {
  const { first, count, weights, width } = taps;
  const out = new Uint8Array(to * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < to; y++) {
    sums.fill(HALF);
    const n = count[y] as number;
    // Four rows at a time: the sums are the traffic that counts. Missing rows weigh 0.
    for (let k = 0; k < n; k += 4) {
      const at = y * width + k;
      const p = ((first[y] as number) + k) * rowLength;
      const w0 = weights[at] as number;
      const w1 = k + 1 < n ? (weights[at + 1] as number) : 0;
      const w2 = k + 2 < n ? (weights[at + 2] as number) : 0;
      const w3 = k + 3 < n ? (weights[at + 3] as number) : 0;
      const o1 = k + 1 < n ? rowLength : 0;
      const o2 = k + 2 < n ? 2 * rowLength : 0;
      const o3 = k + 3 < n ? 3 * rowLength : 0;
      for (let x = 0; x < rowLength; x++) {
        sums[x] =
          ((sums[x] as number) +
            Math.imul(source[p + x] as number, w0) +
            Math.imul(source[p + x + o1] as number, w1) +
            Math.imul(source[p + x + o2] as number, w2) +
            Math.imul(source[p + x + o3] as number, w3)) |
          0;
      }
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

/**
 * Resizes a picture with exactly Pillow's bytes: the filter widens when shrinking, weights have 22 fractional
 * bits, columns first, rounded and clipped to a byte, then rows. The aspect ratio is not kept.
 *
 * @param width - Width of the result in pixels.
 * @param height - Height of the result in pixels.
 * @returns `[height, width, 3]`; the input itself when it has that size already.
 * @throws MintError `INVALID_ARGUMENT` for a size that is no positive integer or an unknown filter,
 * `SHAPE_MISMATCH` when the picture's data does not have `height · width · 3` bytes.
 * @see Pillow 9.4, `src/libImaging/Resample.c`; UniAD resizes with it (`bilinear`; CIFAR-10 with `lanczos`).
 */
export function resizeImage(image: RgbImage, width: number, height: number, filter: ResizeFilter): RgbImage {
  assertPositiveInt('resizeImage', 'width', width);
  assertPositiveInt('resizeImage', 'height', height);
  assertOneOf('resizeImage', 'filter', filter, ['bilinear', 'bicubic', 'lanczos']);
  assertSize('resizeImage', image, 3);
  if (image.width === width && image.height === height) return image;
  const columns =
    image.width === width
      ? image.data
      : resizeColumns(image.data, image.height, image.width, width, tapsFor(image.width, width, filter));
  const data =
    image.height === height
      ? columns
      : resizeRows(columns, width * 3, height, tapsFor(image.height, height, filter));
  return { width, height, data };
}

/**
 * Resizes a mask with exactly Pillow's NEAREST: source index ⌊½·s + s + … + s⌋ with s = from/to added up in
 * float64, which at exact ties differs from ⌊(i + ½)·s⌋.
 *
 * @returns `[height, width]`; the input itself when it has that size already.
 * @throws MintError `INVALID_ARGUMENT` for a size that is no positive integer, `SHAPE_MISMATCH` when the mask's
 * data does not have `height · width` values.
 */
export function resizeMask(mask: Mask, width: number, height: number): Mask {
  assertPositiveInt('resizeMask', 'width', width);
  assertPositiveInt('resizeMask', 'height', height);
  assertSize('resizeMask', mask, 1);
  if (mask.width === width && mask.height === height) return mask;
  const columns = nearestIndices(mask.width, width);
  const rows = nearestIndices(mask.height, height);
  const data = new Uint8Array(width * height);
  let at = 0;
  for (const row of rows) {
    const start = row * mask.width;
    for (const column of columns) data[at++] = mask.data[start + column] as number;
  }
  return { width, height, data };
}

function nearestIndices(from: number, to: number): Int32Array {
  const step = from / to;
  let position = 0.5 * step;
  return Int32Array.from({ length: to }, () => {
    const index = Math.min(Math.floor(position), from - 1);
    position += step;
    return index;
  });
}

function assertSize(who: string, { width, height, data }: RgbImage | Mask, channels: number): void {
  if (data.length === width * height * channels) return;
  throw new MintError(
    'SHAPE_MISMATCH',
    `${who}: a picture of ${width}x${height} with ${channels} channel(s) has ${width * height * channels} values, got ${data.length}.`,
  );
}
