import { assertInt, assertPositiveInt, MintError } from '@mint/internal';
import type { TileGrid } from './grid.js';

/** Memory and batch size for scoring an image in tiles. */
export interface TilePlan {
  /** Estimated peak in bytes: image, mask, features, merging, score, and a batch of tiles in the network. */
  readonly bytes: number;
  /** Tiles per batch that stay within the limit. */
  readonly batchSize: number;
}

/** Image 3 bytes per pixel, mask 1, merging 12; the merged map and its pooling 4 each, here and in the backend. */
const BYTES_PER_PIXEL = 3 + 1 + 12 + 16;

/**
 * Plans as many tiles per batch as the memory allows.
 *
 * @param options - `bytesPerTile`: memory of one tile in the network. `featureBytes`: memory of a tile's features, which are held
 * for all tiles. `limit`: most bytes to use, default 2 GiB. `atMost`: most tiles per batch, default as many as fit.
 * @throws MintError `IMAGE_TOO_LARGE` when one tile at a time is over the limit.
 *
 * @example
 * ```ts
 * import { planTiles, tileGrid } from '@mint/image';
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
    readonly limit?: number | undefined;
    readonly atMost?: number | undefined;
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
