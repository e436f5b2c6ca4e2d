import type { MintDetector, PredictedImage } from '@mint/detector';
import { own } from '@mint/internal';
import { heatColour, heatOpacity, shrinkLayers } from '@mint/report';
import { encodePng } from './png.js';

/** Longest side of a kept picture, in pixels. */
const SIDE = 320;

/** Steps of the heat in a kept picture. */
const STEPS = 255;

/** What is kept of a scored image for people to look at: small, and not yet compressed. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** `[height · width · 3]` RGB, 0 to 255. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** `[height · width]` heat from 0 to 255 on the scale of the class; absent where the model has no scale. */
  readonly heat?: Uint8Array<ArrayBuffer> | undefined;
  /** The part of the image that it shows: left, top, width and height in pixels of the image. */
  readonly frame: readonly [left: number, top: number, width: number, height: number];
  /** Scores above it are alarms. */
  readonly limit?: number | undefined;
}

/** Bytes that a picture holds. */
export const pictureBytes = ({ pixels, heat }: Picture): number => pixels.length + (heat?.length ?? 0);

/** The picture of a scored image; its memory is its own. */
export function pictureOf(
  { calibration }: Pick<MintDetector, 'calibration'>,
  { prediction, image }: PredictedImage,
  className: string | undefined,
): Picture {
  const shown = shrinkLayers({ image, map: prediction.anomalyMap }, SIDE);
  const { width, height } = shown.image;
  const {
    left,
    top,
    scale: [across, down],
  } = prediction.frame ?? { left: 0, top: 0, scale: [1, 1] };
  const scale = own(calibration?.heatScales, className ?? '') ?? calibration?.heatScale;
  return {
    width,
    height,
    pixels: new Uint8Array(shown.image.data),
    heat: scale && steps(shown.map, scale),
    frame: [left, top, prediction.width * across, prediction.height * down],
    limit: own(calibration?.thresholds, className ?? '')?.image,
  };
}

function steps(map: Float32Array, [low, high]: readonly [number, number]): Uint8Array<ArrayBuffer> {
  const heat = new Uint8Array(map.length);
  // A map in steps is made for every image that is scored.
  for (let i = 0; i < map.length; i++)
    heat[i] = Math.round(STEPS * Math.min(1, Math.max(0, ((map[i] ?? 0) - low) / (high - low))));
  return heat;
}

/** Colours of the heat as it lies over an image: clear where nothing is found. */
const PALETTE = Array.from({ length: STEPS + 1 }, (_, step) => {
  const value = step / STEPS;
  return [...heatColour(value), Math.round(255 * heatOpacity(value))] as const;
});

/** PNG files of a picture. */
export interface PicturePngs {
  readonly image: Uint8Array;
  /** Lies over the image. */
  readonly heat?: Uint8Array | undefined;
}

/** The image and its heat as PNG files. */
export async function picturePngs({ width, height, pixels, heat }: Picture): Promise<PicturePngs> {
  const layer = heat && encodePng({ width, height, data: heat, palette: PALETTE });
  return { image: await encodePng({ width, height, data: pixels }), heat: await layer };
}
