import type { Size } from '@mint/image';

/** Connected pixels of a map: each touches another one of them with a side. */
export interface Component {
  /** Indices of its pixels in the map, in no particular order. */
  readonly pixels: Int32Array;
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
  // 1 where a pixel is above the limit and in no component yet.
  const open = new Uint8Array(map.length);
  let count = 0;
  map.forEach((value, i) => {
    if (!(value > limit)) return;
    open[i] = 1;
    count += 1;
  });
  // Every pixel is added once; a component is the part that was added since the last one was complete.
  const queue = new Int32Array(count);
  const found: Component[] = [];
  let end = 0;
  for (let start = open.indexOf(1); start !== -1; start = open.indexOf(1, start + 1)) {
    const first = end;
    const add = (pixel: number) => {
      if (open[pixel] !== 1) return;
      open[pixel] = 0;
      queue[end] = pixel;
      end += 1;
    };
    add(start);
    let [left, right, top, bottom] = [width, 0, height, 0];
    for (let next = first; next < end; next++) {
      const pixel = queue[next] as number;
      const x = pixel % width;
      const y = (pixel - x) / width;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      if (x > 0) add(pixel - 1);
      if (x < width - 1) add(pixel + 1);
      if (y > 0) add(pixel - width);
      if (y < height - 1) add(pixel + width);
    }
    found.push({ pixels: queue.subarray(first, end), left, right, top, bottom });
  }
  return found;
}
