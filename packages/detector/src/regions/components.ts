import type { Size } from '@mint/image';

/** Connected pixels of a map: each touches another one of them with a side. */
export interface Component {
  /** Indices of its pixels in the map, in no particular order. */
  readonly pixels: readonly number[];
  /** First and last column and row. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * The connected pixels of a map above a limit, in the order of their first pixel. Pixels that touch with a corner only are
 * not connected, as in the outlines of `d3-contour`.
 *
 * @param map - `[height, width]` row-major.
 */
export function components(map: Float32Array, { width, height }: Size, limit: number): Component[] {
  const seen = new Uint8Array(map.length);
  const found: Component[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] === 1 || !((map[start] as number) > limit)) continue;
    seen[start] = 1;
    const pixels = [start];
    let [left, right, top, bottom] = [width, 0, height, 0];
    for (let next = 0; next < pixels.length; next++) {
      const pixel = pixels[next] as number;
      const x = pixel % width;
      const y = (pixel - x) / width;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      for (const neighbour of neighboursOf(pixel, x, y, width, height)) {
        if (seen[neighbour] === 1 || !((map[neighbour] as number) > limit)) continue;
        seen[neighbour] = 1;
        pixels.push(neighbour);
      }
    }
    found.push({ pixels, left, right, top, bottom });
  }
  return found;
}

/** The pixels that share a side with a pixel. */
export function neighboursOf(pixel: number, x: number, y: number, width: number, height: number): number[] {
  const found: number[] = [];
  if (x > 0) found.push(pixel - 1);
  if (x < width - 1) found.push(pixel + 1);
  if (y > 0) found.push(pixel - width);
  if (y < height - 1) found.push(pixel + width);
  return found;
}
