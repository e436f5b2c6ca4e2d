import { assertPreprocessing, type Preprocessing, preprocessImage, preprocessMask } from './preprocess.js';
import { autoTiles, cutTile, type Tile, type TileGrid } from './tiles/grid.js';
import type { Mask, RenderedSample, RgbImage, Size } from './types.js';

/** An image made ready for the network. Its anomaly map will have the size of `image`. */
export interface PreparedImage {
  /** `[height, width, 3]`, of the network's input size; with `grid`, the image at its own size. */
  readonly image: RgbImage;
  /** As large as `image`; absent for an image without a mask. */
  readonly mask?: Mask | undefined;
  /** Size of the image before it was prepared; where it is a draft of a JPEG image, the size of the whole. */
  readonly size: Size;
  /** The tiles in which the network gets the image, each through {@link tileInput}. Absent: it gets the whole image. */
  readonly grid?: TileGrid | undefined;
}

/**
 * Applies {@link Preprocessing} to an image and its mask. An image that is cut into tiles stays as it is.
 *
 * @param sample - `size` is the size of the image in its file, where `image` is a draft of it.
 * @throws MintError as {@link preprocessImage} and {@link assertPreprocessing}.
 *
 * @example
 * ```ts
 * import { prepareImage, tileInput } from '@mint/image';
 *
 * const image = { width: 100, height: 40, data: new Uint8Array(100 * 40 * 3) };
 * const preprocessing = { width: 32, height: 32, filter: 'bilinear', tiles: 'auto' } as const;
 * const { grid } = prepareImage({ image }, preprocessing);
 * console.log(grid?.tiles.length, grid?.tiles.map((tile) => tileInput(image, tile, preprocessing).width)[0]); // 8 32
 * ```
 */
export function prepareImage(
  {
    image,
    mask,
    size = { width: image.width, height: image.height },
  }: RenderedSample & { readonly size?: Size | undefined },
  preprocessing: Preprocessing,
): PreparedImage {
  assertPreprocessing(preprocessing);
  const grid = preprocessing.tiles === undefined ? undefined : autoTiles(image, preprocessing);
  if (grid !== undefined) return { image, mask, size, grid };
  const prepared = preprocessImage(image, preprocessing);
  return { image: prepared, mask: mask && preprocessMask(mask, preprocessing), size };
}

/**
 * One tile at the network's input size. Pixels are copied; only where the image is lower or narrower than the input is that side
 * stretched, as in a whole image.
 *
 * See the example of {@link prepareImage}.
 */
export function tileInput(image: RgbImage, tile: Tile, preprocessing: Preprocessing): RgbImage {
  return preprocessImage(cutTile(image, tile), preprocessing);
}
