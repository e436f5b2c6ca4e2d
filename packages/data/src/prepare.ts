import { MintError } from '@mint/internal';
import { type Preprocessing, preprocessImage, preprocessMask } from './preprocess.js';
import { autoTiles, cutTile, type Tile, type TileGrid } from './tiles.js';
import type { Mask, RenderedSample, RgbImage } from './types.js';

/** An image made ready for the network, and the size that its anomaly map will have. */
export interface PreparedImage {
  /** `[height, width, 3]`, of the network's input size; with `grid`, the image as it was taken. */
  readonly image: RgbImage;
  /** Of the same size. */
  readonly mask?: Mask;
  /** The network gets the image in these tiles, each through {@link tileInput}. Absent: it gets it whole. */
  readonly grid?: TileGrid;
}

/**
 * Applies {@link Preprocessing} to an image and its mask. An image that is cut into tiles stays as it is.
 *
 * @throws MintError as {@link preprocessImage}; `INVALID_ARGUMENT` for `tiles` together with `padToSquare`, `resize` or `jpegDraft`.
 *
 * @example
 * ```ts
 * import { prepareImage, tileInput } from '@mint/data';
 *
 * const image = { width: 100, height: 40, data: new Uint8Array(100 * 40 * 3) };
 * const preprocessing = { width: 32, height: 32, filter: 'bilinear', tiles: 'auto' } as const;
 * const { grid } = prepareImage({ image }, preprocessing);
 * console.log(grid?.tiles.length, grid?.tiles.map((tile) => tileInput(image, tile, preprocessing).width)[0]); // 8 32
 * ```
 */
export function prepareImage({ image, mask }: RenderedSample, preprocessing: Preprocessing): PreparedImage {
  const { tiles, resize, padToSquare, jpegDraft } = preprocessing;
  if (tiles !== undefined && (resize !== undefined || padToSquare || jpegDraft)) {
    throw new MintError(
      'INVALID_ARGUMENT',
      'preprocess: `tiles` shows all of an image at full resolution; it cannot be combined with `resize`, `padToSquare` or `jpegDraft`.',
    );
  }
  const grid = tiles === undefined ? undefined : autoTiles(image, preprocessing);
  if (grid !== undefined) return { image, ...(mask === undefined ? {} : { mask }), grid };
  return {
    image: preprocessImage(image, preprocessing),
    ...(mask === undefined ? {} : { mask: preprocessMask(mask, preprocessing) }),
  };
}

/**
 * One tile at the network's input size. Only the side of an image that is shorter than the input is stretched to it, as in a
 * whole image.
 *
 * See the example of {@link prepareImage}.
 */
export function tileInput(image: RgbImage, tile: Tile, preprocessing: Preprocessing): RgbImage {
  return preprocessImage(cutTile(image, tile), preprocessing);
}
