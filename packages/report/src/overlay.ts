import { MintError } from '@mint/internal';
import { encode } from 'fast-png';
import { type Canvas, createCanvas, drawImage, drawText, fillRect } from './canvas.js';
import { type Colour, heatColour } from './colour-map.js';
import { GLYPH_HEIGHT, GLYPH_WIDTH } from './font.js';

export interface OverlayOptions {
  /**
   * Map values at the two ends of the colours, the same for all pictures of a model: from held-out normal pictures,
   * never from the picture itself (a scale of its own makes every good picture look defective).
   */
  readonly scale: readonly [low: number, high: number];
  /** One line above the pictures; characters outside ASCII become '?'. */
  readonly title?: string;
}

/** A picture with its anomaly map, as one item of a sheet. */
export interface OverlayItem {
  readonly image: Canvas;
  /** `[H·W]` row-major, of the picture's size. */
  readonly map: Float32Array;
  readonly options: OverlayOptions;
}

const BACKGROUND: Colour = [255, 255, 255];
const INK: Colour = [40, 40, 40];
const GAP = 6;
const BAR_WIDTH = 12;
const TICKS = 5;
const LABEL_WIDTH = 8 * (GLYPH_WIDTH + 1);
const TITLE_HEIGHT = GLYPH_HEIGHT + 2 * GAP;
/** Opacity of the strongest colour: the picture stays visible below. */
const MAX_OPACITY = 0.75;

/** Picture, the same picture under its heat map, and the colour bar with its values. */
function drawOverlay({ image, map, options }: OverlayItem): Canvas {
  const { width, height } = image;
  const { scale, title = '' } = options;
  const [low, high] = scale;
  if (map.length !== width * height || image.data.length !== width * height * 3) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `overlay: picture and map must have ${width}x${height} pixels, got ${image.data.length / 3} and ${map.length}.`,
    );
  }
  if (!(high > low && Number.isFinite(high - low))) {
    throw new MintError('INVALID_ARGUMENT', `overlay: \`scale\` must be [low, high] with low < high, got [${low}, ${high}].`);
  }
  const canvas = createCanvas(2 * width + BAR_WIDTH + LABEL_WIDTH + 5 * GAP, height + TITLE_HEIGHT + GAP, BACKGROUND);
  drawText(canvas, title, GAP, GAP, INK, canvas.width - 2 * GAP);
  drawImage(canvas, image, GAP, TITLE_HEIGHT);
  const heat = { width, height, data: image.data.slice() };
  for (let i = 0; i < map.length; i++) {
    const value = Math.min(1, Math.max(0, ((map[i] as number) - low) / (high - low)));
    const opacity = MAX_OPACITY * Math.sqrt(value);
    const colour = heatColour(value);
    for (const c of [0, 1, 2] as const) {
      const at = 3 * i + c;
      heat.data[at] = Math.round((1 - opacity) * (heat.data[at] as number) + opacity * colour[c]);
    }
  }
  drawImage(canvas, heat, width + 2 * GAP, TITLE_HEIGHT);
  drawColourBar(canvas, 2 * width + 3 * GAP, height, scale);
  return canvas;
}

function drawColourBar(canvas: Canvas, x: number, height: number, [low, high]: OverlayOptions['scale']): void {
  for (let row = 0; row < height; row++) {
    fillRect(canvas, x, TITLE_HEIGHT + row, BAR_WIDTH, 1, heatColour(1 - row / (height - 1)));
  }
  for (let tick = 0; tick < TICKS; tick++) {
    const share = tick / (TICKS - 1);
    const y = TITLE_HEIGHT + Math.round((1 - share) * (height - 1));
    const label = (low + share * (high - low)).toPrecision(3);
    fillRect(canvas, x + BAR_WIDTH, y, 3, 1, INK);
    const textY = Math.min(TITLE_HEIGHT + height - GLYPH_HEIGHT, Math.max(TITLE_HEIGHT, y - (GLYPH_HEIGHT >> 1)));
    drawText(canvas, label, x + BAR_WIDTH + GAP, textY, INK, LABEL_WIDTH);
  }
}

const toPng = ({ width, height, data }: Canvas): Uint8Array => encode({ width, height, data, channels: 3, depth: 8 });

/**
 * A PNG of a picture, the same picture under its heat map, and a colour bar with the scale's values.
 *
 * @param image - RGB, 0 to 255.
 * @param map - `[H·W]` row-major anomaly map of the picture's size. At `low` and below the heat is clear.
 * @throws MintError `SHAPE_MISMATCH` when picture and map differ in size; `INVALID_ARGUMENT` for an empty scale.
 */
export function overlayPng(image: Canvas, map: Float32Array, options: OverlayOptions): Uint8Array {
  return toPng(drawOverlay({ image, map, options }));
}

/** Several overlays in one PNG, row by row. */
export function overlaySheet(items: readonly OverlayItem[], columns: number): Uint8Array {
  const drawn = items.map(drawOverlay);
  const width = Math.max(1, ...drawn.map((canvas) => canvas.width));
  const height = Math.max(1, ...drawn.map((canvas) => canvas.height));
  const sheet = createCanvas(width * Math.min(columns, Math.max(1, drawn.length)), height * Math.max(1, Math.ceil(drawn.length / columns)), BACKGROUND);
  drawn.forEach((canvas, i) => {
    drawImage(sheet, canvas, (i % columns) * width, Math.floor(i / columns) * height);
  });
  return toPng(sheet);
}
