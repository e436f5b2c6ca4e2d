import { assertInt, assertPositiveInt, MintError } from '@mint/internal';
import { cutOut } from './preprocess.js';
import type { Mask, RgbImage, Size } from './types.js';

/** A rectangle of an image, in pixels. */
export interface Tile extends Size {
  /** First column, from 0. */
  readonly left: number;
  /** First row, from 0. */
  readonly top: number;
}

/** Tiles of equal size that cover an image; `width` and `height` are the image's. */
export interface TileGrid extends Size {
  /** Row by row. */
  readonly tiles: readonly Tile[];
}

/** Size of a tile; an image that is smaller has one tile of its own size. */
export interface TileOptions extends Size {
  /** Least overlap of neighbours in pixels, less than half a tile. @defaultValue an eighth of the tile */
  readonly overlap?: number;
}

/**
 * Covers a large image with overlapping tiles, so that small defects are seen at full resolution. The first tile starts at
 * the first pixel, the last ends at the last, and the rest are spread evenly between, with at least the overlap asked for.
 *
 * @param width - Of the image in pixels.
 * @param height - Of the image in pixels.
 * @throws MintError `INVALID_ARGUMENT` for a size that is no positive integer or an overlap of half a tile or more.
 *
 * @example
 * ```ts
 * import { createTileMerger, cutTile, mergeTiles, tileGrid, tileWeights } from '@mint/data';
 *
 * const image = { width: 50, height: 20, data: new Uint8Array(50 * 20 * 3) };
 * const grid = tileGrid(image.width, image.height, { width: 20, height: 20, overlap: 4 });
 * console.log(grid.tiles.map(({ left }) => left)); // [ 0, 15, 30 ]
 * const tiles = grid.tiles.map((tile) => cutTile(image, tile)); // for the network, which makes a map of each
 * const maps = tiles.map(({ width, height }) => new Float32Array(width * height).fill(0.5));
 * console.log(mergeTiles(maps, grid).every((value) => value === 0.5), tileWeights(grid).length); // true 3
 *
 * const merger = createTileMerger(grid); // the same, map by map
 * for (const map of maps) merger.add(map);
 * console.log(merger.result().length); // 1000
 * ```
 */
export function tileGrid(width: number, height: number, options: TileOptions): TileGrid {
  for (const [name, value] of Object.entries({ width, height })) assertPositiveInt('tileGrid', name, value);
  assertPositiveInt('tileGrid', 'options.width', options.width);
  assertPositiveInt('tileGrid', 'options.height', options.height);
  const columns = starts(width, options.width, options.overlap);
  const rows = starts(height, options.height, options.overlap);
  const size = { width: Math.min(width, options.width), height: Math.min(height, options.height) };
  return { width, height, tiles: rows.flatMap((top) => columns.map((left) => ({ left, top, ...size }))) };
}

function starts(length: number, tile: number, overlap = Math.floor(tile / 8)): number[] {
  assertInt('tileGrid', 'overlap', overlap, 0);
  const last = length - tile;
  if (last <= 0) return [0];
  assertInt('tileGrid', 'overlap', overlap, 0, Math.max(0, Math.ceil(tile / 2) - 1));
  const steps = Math.ceil(last / (tile - overlap));
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * last) / steps));
}

/**
 * The pixels of one tile, `[height, width, 3]`. The tile lies inside the image.
 *
 * See the example of {@link tileGrid}.
 */
export function cutTile(image: RgbImage, tile: Tile): RgbImage {
  return cutOut(image, tile, 3);
}

/**
 * The mask of one tile, `[height, width]`.
 *
 * See the example of {@link tileGrid}.
 */
export function cutTileMask(mask: Mask, tile: Tile): Mask {
  return cutOut(mask, tile, 1);
}

/**
 * How much each pixel of a tile counts in the merged map: the weights of all tiles sum to 1 at every pixel of the image, and
 * fall to nothing towards a tile's inner edges, so that no seam shows.
 *
 * See the example of {@link tileGrid}.
 *
 * @returns One `[height, width]` array a tile, in the grid's order.
 */
export function tileWeights(grid: TileGrid): Float64Array[] {
  const weightsOf = sideWeights(grid);
  return grid.tiles.map((tile) => {
    const { across, down } = weightsOf(tile);
    return Float64Array.from(
      { length: tile.width * tile.height },
      (_, i) => (down[Math.floor(i / tile.width)] as number) * (across[i % tile.width] as number),
    );
  });
}

/** Tiles stand in rows and columns, so that a tile's weights are those of its column times those of its row. */
function sideWeights({ width, height, tiles }: TileGrid) {
  const [columns, rows] = [new Map<number, Float64Array>(), new Map<number, Float64Array>()];
  for (const tile of tiles) {
    if (!columns.has(tile.left)) columns.set(tile.left, ramp(tile.left, tile.width, width));
    if (!rows.has(tile.top)) rows.set(tile.top, ramp(tile.top, tile.height, height));
  }
  sumToOne(columns, width);
  sumToOne(rows, height);
  return ({ left, top }: Tile) => ({
    across: columns.get(left) as Float64Array,
    down: rows.get(top) as Float64Array,
  });
}

/** Distance to the nearest edge that has a neighbour beyond it, in pixels; at the image's border there is none. */
function ramp(start: number, length: number, whole: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    const before = start === 0 ? length : i + 1;
    const after = start + length === whole ? length : length - i;
    return Math.min(before, after);
  });
}

function sumToOne(ramps: ReadonlyMap<number, Float64Array>, length: number): void {
  const sum = new Float64Array(length);
  for (const [start, weights] of ramps)
    weights.forEach((weight, i) => {
      sum[start + i] = (sum[start + i] as number) + weight;
    });
  for (const [start, weights] of ramps)
    weights.forEach((weight, i) => {
      weights[i] = weight / (sum[start + i] as number);
    });
}

/** Takes the tiles' maps one by one; see {@link mergeTiles}. */
export interface TileMerger {
  /**
   * The map of the next tile in the grid's order, `[height, width]`; not kept.
   *
   * @throws MintError `SHAPE_MISMATCH` for a map of another size, or one more than there are tiles.
   */
  add(map: Float32Array): void;
  /**
   * The merged map; nothing can be added afterwards.
   *
   * @throws MintError `SHAPE_MISMATCH` when a tile's map has not come.
   */
  result(): Float32Array;
}

/**
 * {@link mergeTiles} for maps that come one after the other: 12 bytes a pixel of the image, however many tiles.
 *
 * See the example of {@link tileGrid}.
 */
export function createTileMerger(grid: TileGrid): TileMerger {
  const { width, height, tiles } = grid;
  const weightsOf = sideWeights(grid);
  // The first map at a pixel is the base and the others add their difference from it: equal maps add exactly nothing.
  const base = new Float32Array(width * height).fill(Number.NaN);
  const rest = new Float64Array(width * height);
  let next = 0;
  const expected = `mergeTiles: expected ${tiles.length} maps of ${pixelsOf(tiles[0])} values each`;
  return {
    add(map) {
      const tile = tiles[next];
      if (tile === undefined || map.length !== pixelsOf(tile)) {
        const got = tile === undefined ? 'one more' : `one of ${map.length}`;
        throw new MintError('SHAPE_MISMATCH', `${expected}, got ${got}.`);
      }
      next += 1;
      const { across, down } = weightsOf(tile);
      for (let y = 0, i = 0; y < tile.height; y++) {
        let at = (tile.top + y) * width + tile.left;
        for (let x = 0; x < tile.width; x++, i++, at++) {
          const value = map[i] as number;
          if (Number.isNaN(base[at])) base[at] = value;
          const weight = (down[y] as number) * (across[x] as number);
          rest[at] = (rest[at] as number) + weight * (value - (base[at] as number));
        }
      }
    },
    result() {
      if (next < tiles.length) throw new MintError('SHAPE_MISMATCH', `${expected}, got ${next}.`);
      for (let at = 0; at < base.length; at++) base[at] = (base[at] as number) + (rest[at] as number);
      return base;
    },
  };
}

/**
 * One map of the whole image out of the tiles' maps, weighted by {@link tileWeights}. Where all tiles agree the value is
 * theirs exactly.
 *
 * See the example of {@link tileGrid}.
 *
 * @param maps - `[height, width]` of each tile, in the grid's order.
 * @returns `[grid.height, grid.width]`.
 * @throws MintError `SHAPE_MISMATCH` when there is not one map of the right size for each tile.
 */
export function mergeTiles(maps: readonly Float32Array[], grid: TileGrid): Float32Array {
  const merger = createTileMerger(grid);
  for (const map of maps) merger.add(map);
  return merger.result();
}

const pixelsOf = (tile: Tile | undefined) => (tile === undefined ? 0 : tile.width * tile.height);

/** Up to this many times the network's input, shrinking the whole image loses little (our decision). */
const WHOLE_UP_TO = 1.5;

/**
 * Where `tiles: 'auto'` cuts an image: tiles of the network's input size when it is wider or higher than that by more than
 * 1.5 times, overlapping by an eighth.
 *
 * @param image - Size in pixels.
 * @param input - The network's input in pixels.
 * @returns Undefined for an image that is left whole.
 *
 * @example
 * ```ts
 * import { autoTiles } from '@mint/data';
 *
 * const input = { width: 224, height: 224 };
 * console.log(autoTiles({ width: 320, height: 240 }, input), autoTiles({ width: 1600, height: 1200 }, input)?.tiles.length);
 * // undefined 54
 * ```
 */
export function autoTiles(image: Size, input: Size): TileGrid | undefined {
  if (Math.max(image.width / input.width, image.height / input.height) <= WHOLE_UP_TO) return undefined;
  return tileGrid(image.width, image.height, { width: input.width, height: input.height });
}

/** What scoring an image in tiles costs. */
export interface TilePlan {
  /** Estimated bytes at once: image, mask, features, merging, score, and a batch of tiles in the network. */
  readonly bytes: number;
  /** Tiles to a batch that keep within the limit. */
  readonly batchSize: number;
}

/** Image 3 bytes a pixel, mask 1; merging 12; the merged map and its pooling 4 each, here and in the backend. */
const BYTES_PER_PIXEL = 3 + 1 + 12 + 16;

/**
 * As many tiles to a batch as the memory allows.
 *
 * @param options - `bytesPerTile`: memory of one tile in the network. `featureBytes`: of a tile's features, which are held for
 * all tiles. `limit`: bytes to keep within, default 2 GiB. `atMost`: tiles to a batch, default as many as fit.
 * @throws MintError `IMAGE_TOO_LARGE` when one tile at a time is over the limit.
 *
 * @example
 * ```ts
 * import { planTiles, tileGrid } from '@mint/data';
 *
 * const grid = tileGrid(4000, 3000, { width: 224, height: 224 });
 * const { batchSize, bytes } = planTiles(grid, { bytesPerTile: 40e6, featureBytes: 213_248 });
 * console.log(grid.tiles.length, batchSize, bytes); // 336 42 2135651328
 * ```
 */
export function planTiles(
  { width, height, tiles }: TileGrid,
  options: {
    readonly bytesPerTile: number;
    readonly featureBytes: number;
    readonly limit?: number;
    readonly atMost?: number;
  },
): TilePlan {
  const { bytesPerTile, featureBytes, limit = 2 ** 31, atMost = tiles.length } = options;
  assertPositiveInt('planTiles', 'bytesPerTile', bytesPerTile);
  assertInt('planTiles', 'featureBytes', featureBytes, 0);
  assertPositiveInt('planTiles', 'atMost', atMost);
  const fixed = width * height * BYTES_PER_PIXEL + tiles.length * featureBytes;
  const room = Math.floor((limit - fixed) / bytesPerTile);
  if (room < 1) {
    throw new MintError(
      'IMAGE_TOO_LARGE',
      `planTiles: ${width}x${height} in ${tiles.length} tiles needs about ${fixed + bytesPerTile} bytes, the limit is ${limit}. Raise the limit or make the image smaller.`,
    );
  }
  const batchSize = Math.min(room, tiles.length, atMost);
  return { bytes: fixed + batchSize * bytesPerTile, batchSize };
}
