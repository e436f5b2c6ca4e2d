import { assertPositiveInt, MintError, OVERLAY_MARK } from '@mint/internal';
import { encode } from 'fast-png';
import { createCanvas, drawImage, drawRing, drawText, fillRect, type RgbImage, textWidth } from './canvas.js';
import { type Colour, heatColour } from './colour-map.js';
import { GLYPH_HEIGHT } from './font.js';
import { tickLabel, tickLabels } from './ticks.js';

/** Options of {@link overlayPng}. */
export interface OverlayOptions {
  /**
   * Map values at the two ends of the colours, the same for all images of a model: from held-out normal images,
   * never from the image itself (with a scale of its own, every good image looks anomalous).
   */
  readonly scale: readonly [low: number, high: number];
  /** Map value above which pixels are marked: a line across the colour bar, with its value. @defaultValue no line */
  readonly limit?: number | undefined;
  /**
   * Outlines that are drawn over the heat, in pixels of the image, such as those of the regions above the limit; closed.
   * @defaultValue none
   */
  readonly outlines?: readonly Outline[] | undefined;
  /**
   * One line above the images. Characters outside printable ASCII become '?'; text that does not fit is cut off.
   * @defaultValue no text
   */
  readonly title?: string | undefined;
}

/** An image with its anomaly map, as one item of a sheet. */
export interface OverlayItem {
  /** RGB, 0 to 255. */
  readonly image: RgbImage;
  /** `[H·W]` row-major, of the image's size. */
  readonly map: Float32Array;
  /** Scale and title of this overlay. */
  readonly options: OverlayOptions;
}

/** A closed line over an image. */
export interface Outline {
  /** Places in pixels of the image; the centre of the first pixel is (0.5, 0.5). */
  readonly ring: readonly (readonly [x: number, y: number])[];
  /** Drawn in grey: a region that does not count. @defaultValue false */
  readonly isFaint?: boolean | undefined;
  /** Drawn in white: the edge of what is looked at. @defaultValue false */
  readonly isEdge?: boolean | undefined;
}

/** Of outlines and of the limit: not among the colours of the heat. */
const MARK: Colour = [0, 200, 255];
const FAINT: Colour = [170, 170, 170];
const EDGE: Colour = [255, 255, 255];
const BACKGROUND: Colour = [255, 255, 255];
const INK: Colour = [40, 40, 40];
const MARGIN = 6;
const BAR_WIDTH = 12;
const TICK_WIDTH = 2;
/** Far enough for a tick not to be read as a minus sign. */
const TICK_GAP = 5;
const TITLE_HEIGHT = GLYPH_HEIGHT + 2 * MARGIN;
/** Opacity of the strongest colour: the image stays visible below it. */
const MAX_OPACITY = 0.8;

/** Image, the same image under its heat map, and the colour bar with its values. */
function drawOverlay({ image, map, options }: OverlayItem): RgbImage {
  const { scale, limit, outlines = [], title = '' } = options;
  const { width, height } = image;
  checkItem(image, map, scale);
  const [low, high] = scale;
  const labels = tickLabels(low, high, Math.min(5, Math.max(2, 1 + Math.floor(height / 16))));
  const marked =
    limit !== undefined && limit >= low && limit <= high ? `limit ${tickLabel(limit, labels)}` : '';
  const labelWidth = Math.max(...labels.map(textWidth), textWidth(marked));
  const barX = 2 * width + 3 * MARGIN;
  const labelX = barX + BAR_WIDTH + TICK_WIDTH + TICK_GAP;
  const canvas = createCanvas(labelX + labelWidth + MARGIN, TITLE_HEIGHT + height + MARGIN, BACKGROUND);
  drawText(canvas, title, MARGIN, MARGIN, INK, canvas.width - 2 * MARGIN);
  drawImage(canvas, image, MARGIN, TITLE_HEIGHT);
  const heat = blendHeat(image, map, scale);
  for (const outline of outlines)
    drawRing(heat, outline.ring, outline.isEdge ? EDGE : outline.isFaint ? FAINT : MARK);
  drawImage(canvas, heat, width + 2 * MARGIN, TITLE_HEIGHT);
  const yOf = (share: number) => TITLE_HEIGHT + Math.round((1 - share) * (height - 1));
  for (let row = 0; row < height; row++) {
    fillRect(canvas, barX, TITLE_HEIGHT + row, BAR_WIDTH, 1, heatColour(1 - row / Math.max(1, height - 1)));
  }
  const write = (text: string, y: number) =>
    drawText(canvas, text, labelX, y - (GLYPH_HEIGHT >> 1) + 1, INK, labelWidth);
  const limitY = marked === '' ? undefined : yOf(((limit ?? low) - low) / (high - low));
  labels.forEach((label, i) => {
    const y = yOf(i / (labels.length - 1));
    fillRect(canvas, barX + BAR_WIDTH, y, TICK_WIDTH, 1, INK);
    // The limit is written in place of a label that it would cover.
    if (limitY === undefined || Math.abs(y - limitY) > GLYPH_HEIGHT) write(label, y);
  });
  if (limitY !== undefined) {
    fillRect(canvas, barX - 2, limitY, BAR_WIDTH + 2 + TICK_WIDTH + 2, 1, MARK);
    write(marked, limitY);
  }
  return canvas;
}

/** Checks that image, map, mask and scale belong together, and the map for NaN. */
export function checkItem(
  { width, height, data }: RgbImage,
  map: Float32Array,
  [low, high]: readonly [number, number],
  mask?: Uint8Array,
): void {
  assertPositiveInt('overlay', 'image.width', width);
  assertPositiveInt('overlay', 'image.height', height);
  if (data.length !== width * height * 3) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `overlay: an image of ${width}x${height} needs ${width * height * 3} RGB bytes, got ${data.length}.`,
    );
  }
  if (map.length !== width * height) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `overlay: the map must have the image's ${width}x${height} values, got ${map.length}.`,
    );
  }
  if (mask !== undefined && mask.length !== width * height) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `overlay: the mask must have the image's ${width}x${height} values, got ${mask.length}.`,
    );
  }
  if (!(high > low && Number.isFinite(high - low))) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `overlay: \`scale\` must be [low, high] with low < high, got [${low}, ${high}].`,
    );
  }
  const nan = map.findIndex(Number.isNaN);
  if (nan !== -1) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `overlay: the map must hold numbers, got NaN at position ${nan}.`,
    );
  }
}

/**
 * Opacity of the heat over the image, for a value from 0 to 1: 0.8·(3v² − 2v³). Without a step in slope at either end,
 * small values leave no visible edge on a good image.
 */
export const heatOpacity = (value: number): number => MAX_OPACITY * value * value * (3 - 2 * value);

/** The image under the colours of its map: clear at `low` and below, denser and lighter up to `high`. */
function blendHeat(image: RgbImage, map: Float32Array, [low, high]: readonly [number, number]): RgbImage {
  const data = image.data.slice();
  for (let i = 0; i < map.length; i++) {
    const value = Math.min(1, Math.max(0, ((map[i] as number) - low) / (high - low)));
    const opacity = heatOpacity(value);
    const colour = heatColour(value);
    for (const c of [0, 1, 2] as const) {
      data[3 * i + c] = Math.round((1 - opacity) * (data[3 * i + c] as number) + opacity * colour[c]);
    }
  }
  return { width: image.width, height: image.height, data };
}

const toPng = ({ width, height, data }: RgbImage): Uint8Array =>
  encode({ width, height, data, channels: 3, depth: 8, text: { Software: OVERLAY_MARK } });

/**
 * A PNG of an image, the same image under its heat map, and a colour bar with the scale's values.
 *
 * @param image - RGB, 0 to 255.
 * @param map - `[H·W]` row-major anomaly map of the image's size. At `low` and below the heat is clear; above `high` it
 * keeps the last colour.
 * @throws MintError `SHAPE_MISMATCH` when image and map differ in size; `INVALID_ARGUMENT` for an empty scale or a NaN.
 *
 * @example
 * ```ts
 * import { overlayPng } from '@mint/report';
 *
 * const image = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3).fill(120) };
 * const map = Float32Array.from({ length: 64 * 48 }, (_, i) => (i % 64) / 8);
 * const png = overlayPng(image, map, { scale: [1, 7], title: 'nut/test/hole/003  score 7.9' });
 * console.log(png[1] === 0x50); // true
 * ```
 */
export function overlayPng(image: RgbImage, map: Float32Array, options: OverlayOptions): Uint8Array {
  return toPng(drawOverlay({ image, map, options }));
}

/**
 * Several overlays in one PNG, row by row.
 *
 * @param columns - Overlays in a row, at least 1.
 * @throws MintError as {@link overlayPng}; `INVALID_ARGUMENT` when `items` is empty.
 *
 * @example
 * ```ts
 * import { overlaySheet } from '@mint/report';
 *
 * const image = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3).fill(120) };
 * const map = Float32Array.from({ length: 64 * 48 }, (_, i) => (i % 64) / 8);
 * const item = { image, map, options: { scale: [1, 7] } } as const;
 * console.log(overlaySheet([item, item, item], 2)[1] === 0x50); // true
 * ```
 */
export function overlaySheet(items: readonly OverlayItem[], columns: number): Uint8Array {
  assertPositiveInt('overlaySheet', 'items.length', items.length);
  assertPositiveInt('overlaySheet', 'columns', columns);
  const drawn = items.map(drawOverlay);
  const width = Math.max(...drawn.map((overlay) => overlay.width));
  const height = Math.max(...drawn.map((overlay) => overlay.height));
  const across = Math.min(columns, drawn.length);
  const sheet = createCanvas(across * width, Math.ceil(drawn.length / across) * height, BACKGROUND);
  drawn.forEach((overlay, i) => {
    drawImage(sheet, overlay, (i % across) * width, Math.floor(i / across) * height);
  });
  return toPng(sheet);
}
