import type { Size } from '@mint/image';

/** 1 for each token that has a pixel in the region in its cell, else 0. */
export function tokensInside(
  inside: Uint8Array,
  { width, height }: Size,
  [rows, cols]: readonly [number, number],
): Uint8Array {
  const tokens = new Uint8Array(rows * cols);
  const cell = (i: number, pixels: number, count: number) =>
    Math.min(count - 1, Math.floor((i * count) / pixels));
  inside.forEach((value, i) => {
    if (value === 0) return;
    const x = i % width;
    tokens[cell((i - x) / width, height, rows) * cols + cell(x, width, cols)] = 1;
  });
  return tokens;
}
