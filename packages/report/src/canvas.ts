import type { Colour } from './colour-map.js';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyph } from './font.js';

/** A picture to draw on, RGB. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** `[H·W·3]`, 0 to 255. */
  readonly data: Uint8Array;
}

export function createCanvas(width: number, height: number, [r, g, b]: Colour): Canvas {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = r;
    data[i + 1] = g;
    data[i + 2] = b;
  }
  return { width, height, data };
}

/** Copies a picture to (x, y); what lies outside is cut off. */
export function drawImage(canvas: Canvas, image: Canvas, x: number, y: number): void {
  const rows = Math.min(image.height, canvas.height - y);
  const bytes = Math.min(image.width, canvas.width - x) * 3;
  for (let row = 0; row < rows; row++) {
    const from = row * image.width * 3;
    canvas.data.set(image.data.subarray(from, from + bytes), ((y + row) * canvas.width + x) * 3);
  }
}

export function fillRect(canvas: Canvas, x: number, y: number, width: number, height: number, colour: Colour): void {
  drawImage(canvas, createCanvas(width, height, colour), x, y);
}

/** Draws one line of text; what does not fit is cut off and ends in '…' as two dots. */
export function drawText(canvas: Canvas, text: string, x: number, y: number, colour: Colour, maxWidth: number): void {
  const room = Math.floor(maxWidth / (GLYPH_WIDTH + 1));
  const shown = text.length <= room ? text : `${text.slice(0, Math.max(0, room - 2))}..`;
  [...shown].forEach((character, i) => {
    const rows = glyph(character);
    for (let row = 0; row < GLYPH_HEIGHT; row++) {
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        const px = x + i * (GLYPH_WIDTH + 1) + column;
        const set = ((rows[row] ?? 0) >> (GLYPH_WIDTH - 1 - column)) & 1;
        if (set && px < canvas.width && y + row < canvas.height) canvas.data.set(colour, ((y + row) * canvas.width + px) * 3);
      }
    }
  });
}
