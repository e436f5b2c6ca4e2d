import { assertInt, assertPositiveInt, MintError } from '@mint/internal';
import { cutOut } from './preprocess.js';
import type { Mask, RgbImage } from './types.js';

/** A rectangle of a picture, in pixels. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Tiles of equal size that cover a picture, row by row. */
export interface TileGrid {
  /** Size of the picture. */
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly Tile[];
}

export interface TileOptions {
  /** Size of a tile in pixels; a picture that is smaller has one tile of its own size. */
  readonly width: number;
  readonly height: number;
  /** Least overlap of neighbours in pixels, less than half a tile. @defaultValue an eighth of the tile */
  readonly overlap?: number;
}

/**
 * Covers a large picture with overlapping tiles, so that small defects are seen at full resolution. The first tile starts at
 * the first pixel, the last ends at the last, and the rest are spread evenly between, with at least the overlap asked for.
 *
 * @param width - Of the picture in pixels.
 * @param height - Of the picture in pixels.
 * @throws MintError `INVALID_ARGUMENT` for a size that is no positive integer or an overlap of half a tile or more.
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

/** The pixels of one tile, `[height, width, 3]`. The tile lies inside the picture. */
export function cutTile(image: RgbImage, tile: Tile): RgbImage {
  return cutOut(image, tile, 3);
}

/** The mask of one tile, `[height, width]`. */
export function cutTileMask(mask: Mask, tile: Tile): Mask {
  return cutOut(mask, tile, 1);
}

/**
 * How much each pixel of a tile counts in the merged map: the weights of all tiles sum to 1 at every pixel of the picture, and
 * fall to nothing towards a tile's inner edges, so that no seam shows.
 *
 * @returns One `[height, width]` array a tile, in the grid's order.
 */
export function tileWeights({ width, height, tiles }: TileGrid): Float64Array[] {
  const sum = new Float64Array(width * height);
  const raw = tiles.map((tile) => {
    const [across, down] = [ramp(tile.left, tile.width, width), ramp(tile.top, tile.height, height)];
    const weights = new Float64Array(tile.width * tile.height);
    eachPixel(tile, width, (i, at, x, y) => {
      const weight = (across[x] as number) * (down[y] as number);
      weights[i] = weight;
      sum[at] = (sum[at] as number) + weight;
    });
    return weights;
  });
  tiles.forEach((tile, t) => {
    const weights = raw[t] as Float64Array;
    eachPixel(tile, width, (i, at) => {
      weights[i] = (weights[i] as number) / (sum[at] as number);
    });
  });
  return raw;
}

/** Distance to the nearest edge that has a neighbour beyond it, in pixels; at the picture's border there is none. */
function ramp(start: number, length: number, whole: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    const before = start === 0 ? length : i + 1;
    const after = start + length === whole ? length : length - i;
    return Math.min(before, after);
  });
}

function eachPixel(
  { left, top, width, height }: Tile,
  whole: number,
  visit: (i: number, at: number, x: number, y: number) => void,
): void {
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) visit(i, (top + y) * whole + left + x, x, y);
}

/**
 * One map of the whole picture out of the tiles' maps, weighted by {@link tileWeights}. Where all tiles agree the value is
 * theirs exactly.
 *
 * @param maps - `[height, width]` of each tile, in the grid's order.
 * @returns `[grid.height, grid.width]`.
 * @throws MintError `SHAPE_MISMATCH` when there is not one map of the right size for each tile.
 */
export function mergeTiles(maps: readonly Float32Array[], grid: TileGrid): Float32Array {
  const { width, height, tiles } = grid;
  if (maps.length !== tiles.length || maps.some((map, t) => map.length !== pixelsOf(tiles[t]))) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `mergeTiles: expected ${tiles.length} maps of ${pixelsOf(tiles[0])} values each, got ${maps.length} of ${[...new Set(maps.map(({ length }) => length))].join(', ')}.`,
    );
  }
  const weights = tileWeights(grid);
  // The first map at a pixel is the base and the others add their difference from it: equal maps add exactly nothing.
  const base = new Float64Array(width * height).fill(Number.NaN);
  const merged = new Float64Array(width * height);
  tiles.forEach((tile, t) => {
    const [map, weight] = [maps[t] as Float32Array, weights[t] as Float64Array];
    eachPixel(tile, width, (i, at) => {
      if (Number.isNaN(base[at])) base[at] = map[i] as number;
      merged[at] =
        (merged[at] as number) + (weight[i] as number) * ((map[i] as number) - (base[at] as number));
    });
  });
  return Float32Array.from(merged, (value, at) => value + (base[at] as number));
}

const pixelsOf = (tile: Tile | undefined) => (tile === undefined ? 0 : tile.width * tile.height);

/** What cutting a picture into tiles costs. */
export interface TilePlan {
  readonly grid: TileGrid;
  /** Estimated bytes at once: picture, maps and merging, and a batch of tiles with their features. */
  readonly bytes: number;
  /** Tiles to a batch that keep within the limit. */
  readonly batchSize: number;
}

/**
 * `tiles: 'auto'`: tiles of the network's input size where the picture is larger than that by more than `tolerance`, else the
 * whole picture in one; and as many tiles to a batch as the memory allows.
 *
 * @param picture - Size in pixels.
 * @param options - `width`, `height`: the network's input in pixels. `bytesPerTile`: memory of one tile in the network.
 * `limit`: bytes to keep within, default 1 GiB. `tolerance`: default 1.5, up to which shrinking the whole picture loses little.
 * @throws MintError `IMAGE_TOO_LARGE` when the picture and its maps alone are over the limit, those of {@link tileGrid}.
 */
export function planTiles(
  picture: { readonly width: number; readonly height: number },
  options: TileOptions & {
    readonly bytesPerTile: number;
    readonly limit?: number;
    readonly tolerance?: number;
  },
): TilePlan {
  const { bytesPerTile, limit = 2 ** 30, tolerance = 1.5 } = options;
  assertPositiveInt('planTiles', 'bytesPerTile', bytesPerTile);
  const { width, height } = picture;
  const whole = Math.max(width / options.width, height / options.height) <= tolerance;
  const grid = tileGrid(width, height, whole ? { width, height, overlap: 0 } : options);
  const covered = grid.tiles.reduce((sum, tile) => sum + pixelsOf(tile), 0);
  // Picture 3 bytes a pixel; merged map, base and sum of weights 8 each; a tile's map 4 and its weights 8.
  const fixed = width * height * (3 + 3 * 8) + covered * (4 + 8);
  const room = Math.floor((limit - fixed) / bytesPerTile);
  if (room < 1) {
    throw new MintError(
      'IMAGE_TOO_LARGE',
      `planTiles: ${width}x${height} in ${grid.tiles.length} tiles needs about ${fixed + bytesPerTile} bytes, the limit is ${limit}. Raise \`limit\` or make the picture smaller.`,
    );
  }
  const batchSize = Math.min(room, grid.tiles.length);
  return { grid, bytes: fixed + batchSize * bytesPerTile, batchSize };
}
