import type { Colour } from './colour-map.js';
import { GLYPH_WIDTH, glyph } from './font.js';

/** An RGB image. */
export interface RgbImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** `[H·W·3]` row-major, 0 to 255. */
  readonly data: Uint8Array;
}

export function createCanvas(width: number, height: number, [r, g, b]: Colour): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = r;
    data[i + 1] = g;
    data[i + 2] = b;
  }
  return { width, height, data };
}

/** Copies an image to (x, y); it must fit. */
export function drawImage(canvas: RgbImage, image: RgbImage, x: number, y: number): void {
  for (let row = 0; row < image.height; row++) {
    const from = row * image.width * 3;
    canvas.data.set(image.data.subarray(from, from + image.width * 3), ((y + row) * canvas.width + x) * 3);
  }
}

export function fillRect(
  canvas: RgbImage,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Colour,
): void {
  drawImage(canvas, createCanvas(width, height, colour), x, y);
}

/** Width of a line of text in pixels, with the space behind its last character. */
export const textWidth = (text: string): number => text.length * (GLYPH_WIDTH + 1);

/** Draws one line of text; what is wider than `maxWidth` is cut off and ends in two dots. */
export function drawText(
  canvas: RgbImage,
  text: string,
  x: number,
  y: number,
  colour: Colour,
  maxWidth: number,
): void {
  const characters = [...text];
  const room = Math.floor(maxWidth / (GLYPH_WIDTH + 1));
  if (characters.length > room) characters.splice(Math.max(0, room - 2), characters.length, '.', '.');
  characters.slice(0, room).forEach((character, i) => {
    const left = x + i * (GLYPH_WIDTH + 1);
    glyph(character).forEach((bits, row) => {
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        if (((bits >> (GLYPH_WIDTH - 1 - column)) & 1) === 0) continue;
        canvas.data.set(colour, ((y + row) * canvas.width + left + column) * 3);
      }
    });
  });
}

/** Draws a closed line, one pixel wide; the centre of the first pixel is (0.5, 0.5). Parts outside the canvas are left out. */
export function drawRing(
  { width, height, data }: RgbImage,
  ring: readonly (readonly [x: number, y: number])[],
  colour: Colour,
): void {
  let [x0, y0] = ring.at(-1) ?? [0, 0];
  for (const [x1, y1] of ring) {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
    for (let step = 0; step <= steps; step++) {
      const x = Math.floor(x0 + ((x1 - x0) * step) / steps);
      const y = Math.floor(y0 + ((y1 - y0) * step) / steps);
      // A line along the right or the lower edge is drawn in the last pixels.
      const [column, row] = [x === width ? width - 1 : x, y === height ? height - 1 : y];
      if (column >= 0 && column < width && row >= 0 && row < height)
        data.set(colour, (row * width + column) * 3);
    }
    [x0, y0] = [x1, y1];
  }
}
