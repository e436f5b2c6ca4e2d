import { encode } from 'fast-png';
import type { RgbImage } from './canvas.js';
import { heatColour } from './colour-map.js';
import { checkItem, heatOpacity } from './overlay.js';

/** A picture taken apart for display side by side: each a PNG of the picture's size. */
export interface PicturePanels {
  readonly picture: Uint8Array;
  /** The heat map by itself. */
  readonly heat: Uint8Array;
  /** The heat map as it lies over the picture: clear where nothing is found. */
  readonly layer: Uint8Array;
  /** White where anomalous. Absent where the mask is not known. */
  readonly mask?: Uint8Array;
  /** Map values at the two ends of the colours. */
  readonly scale: readonly [low: number, high: number];
}

/** Steps of the heat: too fine to be seen, and few enough for the file to stay small. */
const LEVELS = 48;

/**
 * @param image - RGB, 0 to 255.
 * @param map - `[H·W]` row-major anomaly map of the picture's size.
 * @param scale - As in `OverlayOptions`: from held-out normal pictures, never from the picture itself.
 * @param mask - `[H·W]`, not 0 where anomalous.
 * @throws MintError as `overlayPng`; `SHAPE_MISMATCH` for a mask of another size.
 */
export function picturePanels(
  image: RgbImage,
  map: Float32Array,
  scale: readonly [low: number, high: number],
  mask?: Uint8Array,
): PicturePanels {
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
    picture: encode({ width, height, data: image.data, channels: 3, depth: 8 }, { zlib: { level: 9 } }),
    heat: indexed(() => 1),
    layer: indexed(heatOpacity),
    ...(mask === undefined
      ? {}
      : {
          mask: encode({
            width,
            height,
            data: mask.map((v) => (v === 0 ? 0 : 255)),
            channels: 1,
            depth: 8,
          }),
        }),
    scale,
  };
}
