import { assertPositiveInt } from '@mint/internal';
import type { RgbImage } from './canvas.js';

/** An image with its map and mask, all of one size. */
export interface ImageLayers {
  /** RGB, 0 to 255. */
  readonly image: RgbImage;
  /** `[H·W]` row-major anomaly map. */
  readonly map: Float32Array;
  /** `[H·W]`, not 0 where anomalous. */
  readonly mask?: Uint8Array | undefined;
}

/**
 * Shrinks a large image for display: each block of k x k pixels becomes one pixel, with the mean colour and the highest
 * value of map and mask, so that a defect of a few pixels stays visible.
 *
 * See the example of {@link imagePanels}.
 *
 * @param side - Longest side of the result in pixels; k is the smallest whole number for which the image fits.
 * @returns The layers themselves when they are small enough.
 * @throws MintError `INVALID_ARGUMENT` when `side` is not a positive integer.
 */
export function shrinkLayers(layers: ImageLayers, side: number): ImageLayers {
  assertPositiveInt('shrinkLayers', 'side', side);
  const { image, map, mask } = layers;
  const k = Math.ceil(Math.max(image.width, image.height) / side);
  if (k === 1) return layers;
  const [width, height] = [Math.ceil(image.width / k), Math.ceil(image.height / k)];
  const sums = new Float64Array(width * height * 3);
  const counts = new Uint32Array(width * height);
  const highest = new Float32Array(width * height).fill(Number.NEGATIVE_INFINITY);
  const marked = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < image.height; y++) {
    const row = Math.floor(y / k) * width;
    for (let x = 0; x < image.width; x++, i++) {
      const at = row + Math.floor(x / k);
      for (let c = 0; c < 3; c++)
        sums[3 * at + c] = (sums[3 * at + c] as number) + (image.data[3 * i + c] as number);
      counts[at] = (counts[at] as number) + 1;
      const value = map[i] as number;
      // A NaN must be kept.
      if (value > (highest[at] as number) || Number.isNaN(value)) highest[at] = value;
      if (mask !== undefined && mask[i] !== 0) marked[at] = mask[i] as number;
    }
  }
  const data = Uint8Array.from(sums, (sum, i) => Math.round(sum / (counts[Math.floor(i / 3)] as number)));
  return {
    image: { width, height, data },
    map: highest,
    mask: mask && marked,
  };
}
