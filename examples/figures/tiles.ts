import { encode } from 'fast-png';

/** A small RGB image of tokens, `[rows·cols·3]`, 0 to 1. */
export type Tokens = ArrayLike<number>;

const GAP = 6;

/** A sheet of small images as PNG: each token becomes a square of `scale` pixels. */
export function sheetPng(
  rows: readonly (readonly Tokens[])[],
  [height, width]: readonly [number, number],
  scale: number,
): Uint8Array {
  const columns = Math.max(...rows.map(({ length }) => length));
  const [tileWidth, tileHeight] = [width * scale + GAP, height * scale + GAP];
  const sheet = { width: columns * tileWidth + GAP, height: rows.length * tileHeight + GAP };
  const data = new Uint8Array(sheet.width * sheet.height * 3).fill(255);
  rows.forEach((row, r) => {
    row.forEach((tokens, c) => {
      for (let y = 0; y < height * scale; y++) {
        for (let x = 0; x < width * scale; x++) {
          const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * 3;
          const to = ((GAP + r * tileHeight + y) * sheet.width + GAP + c * tileWidth + x) * 3;
          for (let channel = 0; channel < 3; channel++)
            data[to + channel] = Math.round(255 * Math.min(1, Math.max(0, tokens[from + channel] ?? 0)));
        }
      }
    });
  });
  return encode({ ...sheet, data, channels: 3, depth: 8 }, { zlib: { level: 9 } });
}
