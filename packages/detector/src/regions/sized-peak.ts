import type { Size } from '@mint/image';
import { MintError } from '@mint/internal';

/**
 * The highest level of a map above which some connected region has at least `area` pixels: the peak of a map when specks
 * smaller than that do not count. A region above a limit has at least `area` pixels exactly when this level is above the
 * limit, so a conformal threshold of these levels keeps its false-alarm rate under the size rule.
 *
 * @param map - `[height, width]` row-major, without NaN.
 * @param size - Of the map.
 * @param area - In pixels of the map; 1 or less gives the largest value, fractions are rounded up.
 * @returns −∞ for a map with fewer pixels than `area`.
 * @throws MintError `SHAPE_MISMATCH` when the map is not of that size; `INVALID_ARGUMENT` for an area that is NaN.
 *
 * @example
 * ```ts
 * import { sizedPeak } from '@mint/detector';
 *
 * const map = Float32Array.of(9, 0, 4, 5, 0, 0, 4, 0); // a speck of 9, and a region of three pixels
 * const size = { width: 4, height: 2 };
 * console.log([1, 2, 3, 4].map((area) => sizedPeak(map, size, area))); // [ 9, 4, 4, 0 ]
 * ```
 */
export function sizedPeak(map: Float32Array, size: Size, area: number): number {
  const { width, height } = size;
  if (map.length !== width * height) {
    const message = `sizedPeak: a map of ${width}x${height} has ${width * height} values, got ${map.length}.`;
    throw new MintError('SHAPE_MISMATCH', message);
  }
  if (Number.isNaN(area))
    throw new MintError('INVALID_ARGUMENT', 'sizedPeak: `area` must be a number, got NaN.');
  const least = Math.max(1, Math.ceil(area));
  if (least > map.length) return Number.NEGATIVE_INFINITY;
  const regions = new DisjointSets(map.length);
  for (const pixel of descending(map)) {
    const x = pixel % width;
    let members = regions.add(pixel);
    const join = (neighbour: number) => {
      if (regions.has(neighbour)) members = regions.join(pixel, neighbour);
    };
    if (x > 0) join(pixel - 1);
    if (x < width - 1) join(pixel + 1);
    if (pixel >= width) join(pixel - width);
    if (pixel + width < map.length) join(pixel + width);
    if (members >= least) return map[pixel] as number;
  }
  return Number.NEGATIVE_INFINITY;
}

/** Values of a map in this many groups by size. */
const GROUPS = 4096;

/** Indices of the values from the largest to the smallest; only as many are sorted as are asked for. */
function* descending(values: Float32Array): Generator<number> {
  // −∞, where the image is not looked at, goes into the last group.
  const lowest = values.reduce(
    (a, b) => (b < a && b > Number.NEGATIVE_INFINITY ? b : a),
    Number.POSITIVE_INFINITY,
  );
  const highest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const step = (highest - lowest) / GROUPS || 1;
  // The first group has the largest values.
  const groupOf = (value: number) => Math.min(GROUPS - 1, Math.floor((highest - value) / step) || 0);
  const starts = new Uint32Array(GROUPS + 1);
  for (const value of values) starts[groupOf(value) + 1] = (starts[groupOf(value) + 1] as number) + 1;
  for (let group = 0; group < GROUPS; group++)
    starts[group + 1] = (starts[group + 1] as number) + (starts[group] as number);
  const next = starts.slice();
  const grouped = new Uint32Array(values.length);
  values.forEach((value, i) => {
    const group = groupOf(value);
    grouped[next[group] as number] = i;
    next[group] = (next[group] as number) + 1;
  });
  for (let group = 0; group < GROUPS; group++)
    yield* grouped
      .subarray(starts[group], starts[group + 1])
      .sort((a, b) => (values[b] as number) - (values[a] as number));
}

/** Union-find with path halving and union by size. */
class DisjointSets {
  readonly #parent: Int32Array;
  readonly #members: Int32Array;

  constructor(count: number) {
    this.#parent = new Int32Array(count).fill(-1);
    this.#members = new Int32Array(count);
  }

  has(item: number): boolean {
    return this.#parent[item] !== -1;
  }

  /** A set of its own. Returns its number of members, 1. */
  add(item: number): number {
    this.#parent[item] = item;
    this.#members[item] = 1;
    return 1;
  }

  /** Returns the number of members of the joined set. */
  join(a: number, b: number): number {
    let [large, small] = [this.#root(a), this.#root(b)];
    if (large === small) return this.#members[large] as number;
    if ((this.#members[large] as number) < (this.#members[small] as number)) [large, small] = [small, large];
    this.#parent[small] = large;
    const members = (this.#members[large] as number) + (this.#members[small] as number);
    this.#members[large] = members;
    return members;
  }

  #root(item: number): number {
    let at = item;
    while (this.#parent[at] !== at) {
      const above = this.#parent[this.#parent[at] as number] as number;
      this.#parent[at] = above;
      at = above;
    }
    return at;
  }
}
