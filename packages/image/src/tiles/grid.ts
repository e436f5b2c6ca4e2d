import { assertInt, assertPositiveInt } from '@mint/internal';
import { cutOut } from '../cut.js';
import type { Mask, RgbImage, Size } from '../types.js';

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

/** Size of a tile; a smaller image has one tile of its own size. */
export interface TileOptions extends Size {
  /** Least overlap of neighbours in pixels, less than half a tile. @defaultValue an eighth of the tile */
  readonly overlap?: number | undefined;
}

/**
 * Covers a large image with overlapping tiles, so that small defects are seen at full resolution. The first tile starts at
 * the first pixel, the last tile ends at the last pixel, and the rest are spread evenly between, with at least the given overlap.
 *
 * @param width - Width of the image in pixels.
 * @param height - Height of the image in pixels.
 * @throws MintError `INVALID_ARGUMENT` for a size that is not a positive integer or an overlap of half a tile or more.
 *
 * @example
 * ```ts
 * import { createTileMerger, cutTile, mergeTiles, tileGrid, tileWeights } from '@mint/image';
 *
 * const image = { width: 50, height: 20, data: new Uint8Array(50 * 20 * 3) };
 * const grid = tileGrid(image.width, image.height, { width: 20, height: 20, overlap: 4 });
 * console.log(grid.tiles.map(({ left }) => left)); // [ 0, 15, 30 ]
 * const tiles = grid.tiles.map((tile) => cutTile(image, tile)); // the network makes a map of each
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

/** Shrinking a whole image by up to this factor loses little (our decision). */
const WHOLE_UP_TO = 1.5;

/**
 * Where `tiles: 'auto'` cuts an image: into tiles of the network's input size that overlap by an eighth, when the image is more
 * than 1.5 times as wide or as high as the input.
 *
 * @param image - Size in pixels.
 * @param input - The network's input in pixels.
 * @returns Undefined for an image that stays whole.
 *
 * @example
 * ```ts
 * import { autoTiles } from '@mint/image';
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
