import { MintError } from '@mint/internal';
import type { Tile, TileGrid } from './grid.js';

/**
 * The weight of each pixel of a tile in the merged map. The weights of all tiles sum to 1 at every pixel of the image and fall
 * to zero towards a tile's inner edges, so that no seam shows.
 *
 * See the example of {@link tileGrid}.
 *
 * @returns One `[height, width]` array per tile, in the grid's order.
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

/** Tiles form rows and columns, so a tile's weights are those of its column times those of its row. */
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

/** Distance in pixels to the nearest edge with a neighbouring tile beyond it; the image's border has none. */
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

/** Merges the tiles' maps one by one; see {@link mergeTiles}. */
export interface TileMerger {
  /**
   * Adds the map of the next tile in the grid's order, `[height, width]`; the array is not kept.
   *
   * @throws MintError `SHAPE_MISMATCH` for a map of another size, or more maps than tiles.
   */
  add(map: Float32Array): void;
  /**
   * The merged map; nothing can be added afterwards.
   *
   * @throws MintError `SHAPE_MISMATCH` when a tile's map is missing.
   */
  result(): Float32Array;
}

/**
 * {@link mergeTiles} for maps that arrive one after the other. Needs 12 bytes per pixel of the image for any number of tiles.
 *
 * See the example of {@link tileGrid}.
 */
export function createTileMerger(grid: TileGrid): TileMerger {
  const { width, height, tiles } = grid;
  const weightsOf = sideWeights(grid);
  // The first map at a pixel is the base; later maps add their difference from it, so equal maps add exactly nothing.
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
 * Merges the tiles' maps into one map of the whole image, weighted by {@link tileWeights}. Where all tiles agree, their value
 * is kept exactly.
 *
 * See the example of {@link tileGrid}.
 *
 * @param maps - One `[height, width]` map per tile, in the grid's order.
 * @returns `[grid.height, grid.width]`.
 * @throws MintError `SHAPE_MISMATCH` when there is not one map of the right size for each tile.
 */
export function mergeTiles(maps: readonly Float32Array[], grid: TileGrid): Float32Array {
  const merger = createTileMerger(grid);
  for (const map of maps) merger.add(map);
  return merger.result();
}

const pixelsOf = (tile: Tile | undefined) => (tile === undefined ? 0 : tile.width * tile.height);
