import { encode } from 'fast-png';
import type { RgbImage } from './canvas.js';
import { heatColour } from './colour-map.js';
import { checkItem, heatOpacity, type Outline, type OverlayOptions } from './overlay.js';

/** The parts of an image for display side by side: each a PNG of the image's size. */
export interface ImagePanels {
  /** The image itself. */
  readonly image: Uint8Array;
  /** The heat map by itself. */
  readonly heat: Uint8Array;
  /** The heat map as it lies over the image: clear where nothing is found. */
  readonly layer: Uint8Array;
  /** White where anomalous. Absent where the mask is not known. */
  readonly mask?: Uint8Array | undefined;
  /** Map values at the two ends of the colours. */
  readonly scale: readonly [low: number, high: number];
  /** Map value that is marked on the colour bar; absent where it is not known. */
  readonly limit?: number | undefined;
  /** What is drawn over the overlay, in shares of the image's width and height. */
  readonly outlines?: readonly Outline[] | undefined;
}

/** Steps of the heat: too fine to be seen, and few enough for the file to stay small. */
const LEVELS = 48;

/**
 * Makes the panels of an image and its anomaly map for {@link htmlReport}.
 *
 * @param image - RGB, 0 to 255.
 * @param map - `[H·W]` row-major anomaly map of the image's size.
 * @param scale - As in `OverlayOptions`: from held-out normal images, never from the image itself.
 * @param mask - `[H·W]`, not 0 where anomalous.
 * @param marks - `limit` and `outlines` of `OverlayOptions`.
 * @throws MintError as `overlayPng`; `SHAPE_MISMATCH` for a mask of another size.
 *
 * @example
 * ```ts
 * import { imagePanels, shrinkLayers } from '@mint/report';
 *
 * const image = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3).fill(120) };
 * const map = Float32Array.from({ length: 64 * 48 }, (_, i) => (i % 64) / 8);
 * const small = shrinkLayers({ image, map }, 32);
 * const panels = imagePanels(small.image, small.map, [1, 7]);
 * console.log(small.image.width, small.image.height, panels.heat[1] === 0x50); // 32 24 true
 * ```
 */
export function imagePanels(
  image: RgbImage,
  map: Float32Array,
  scale: readonly [low: number, high: number],
  mask?: Uint8Array,
  { limit, outlines }: Pick<OverlayOptions, 'limit' | 'outlines'> = {},
): ImagePanels {
  checkItem(image, map, scale, mask);
  const { width, height } = image;
  const [low, high] = scale;
  const levels = Uint8Array.from(map, (value) =>
    Math.round(LEVELS * Math.min(1, Math.max(0, (value - low) / (high - low)))),
  );
  const indexed = (opacity: (value: number) => number) =>
    encode(
      {
        width,
        height,
        data: levels,
        channels: 1,
        depth: 8,
        palette: Array.from({ length: LEVELS + 1 }, (_, level) => [
          ...heatColour(level / LEVELS),
          Math.round(255 * opacity(level / LEVELS)),
        ]),
      },
      { zlib: { level: 9 } },
    );
  return {
    image: encode({ width, height, data: image.data, channels: 3, depth: 8 }, { zlib: { level: 9 } }),
    heat: indexed(() => 1),
    layer: indexed(heatOpacity),
    mask:
      mask && encode({ width, height, data: mask.map((v) => (v === 0 ? 0 : 255)), channels: 1, depth: 8 }),
    scale,
    limit,
    outlines: outlines?.map(({ ring, ...style }) => ({
      ring: ring.map(([x, y]) => [x / width, y / height] as const),
      ...style,
    })),
  };
}
