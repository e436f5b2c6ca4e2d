/** Pillow's BILINEAR, BICUBIC (a = −½) and LANCZOS (also called ANTIALIAS, three lobes). */
export type ResizeFilter = 'bilinear' | 'bicubic' | 'lanczos';

/** Pillow's precision: weights of 8-bit images have so many fractional bits. */
export const FRACTION_BITS = 22;

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
export interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `[output, width]`, rows padded with zeros. */
  readonly weights: Int32Array;
  readonly width: number;
  /** The same for SIMD: pairs of taps of each output, and four 16-bit numbers a pair (see simd.wat). */
  readonly pairs: Int32Array;
  readonly packed: Int16Array;
}

/** How far a filter widens when it shrinks, how far it reaches then, and the most taps of an output. */
function extentOf(from: number, to: number, { support }: Kernel) {
  const widen = Math.max(from / to, 1);
  const reach = support * widen;
  return { widen, reach, width: Math.ceil(reach) * 2 + 1 };
}

/** Bytes of the table that {@link tapsFor} gives, without computing it. */
export function bytesOfTaps(from: number, to: number, filter: ResizeFilter): number {
  const { width } = extentOf(from, to, KERNELS[filter]);
  return to * (4 * width + 8 * pairsIn(width) + 12);
}

const pairsIn = (width: number): number => (width + 1) >> 1;

function computeTaps(from: number, to: number, kernel: Kernel): Taps {
  const scale = from / to;
  const { weight } = kernel;
  const { widen, reach, width } = extentOf(from, to, kernel);
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
  return { first, count, weights, width, ...pack(count, weights, width) };
}

function pack(count: Int32Array, weights: Int32Array, width: number): Pick<Taps, 'pairs' | 'packed'> {
  const half = pairsIn(width);
  const packed = new Int16Array(count.length * half * 4);
  for (let i = 0; i < count.length; i++) {
    for (let k = 0; k < (count[i] as number); k++) {
      const weight = weights[i * width + k] as number;
      const at = (i * half + (k >> 1)) * 4 + (k & 1);
      packed[at] = weight >> 11;
      packed[at + 2] = weight & 2047;
    }
  }
  return { pairs: count.map((n) => (n + 1) >> 1), packed };
}

/** The last tables, up to a sum of bytes: a data set has a handful of image sizes, and its images share them. */
const tapsCache = new Map<string, { readonly taps: Taps; readonly bytes: number }>();
const CACHE_BYTES = 2 ** 23;
let cachedBytes = 0;

/** Pillow's weights for one side of `from` pixels that becomes `to`. */
export function tapsFor(from: number, to: number, filter: ResizeFilter): Taps {
  const key = `${filter} ${from} ${to}`;
  const cached = tapsCache.get(key);
  const entry = cached ?? {
    taps: computeTaps(from, to, KERNELS[filter]),
    bytes: bytesOfTaps(from, to, filter),
  };
  if (cached !== undefined) tapsCache.delete(key);
  else cachedBytes += entry.bytes;
  tapsCache.set(key, entry);
  for (const [oldest, { bytes }] of tapsCache) {
    if (cachedBytes <= CACHE_BYTES) break;
    tapsCache.delete(oldest);
    cachedBytes -= bytes;
  }
  return entry.taps;
}

/** Bytes of the tables that are kept; at most 8 MiB. */
export const bytesOfKeptTaps = (): number => cachedBytes;
