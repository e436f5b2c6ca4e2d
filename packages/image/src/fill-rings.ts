import type { Mask } from './types.js';

/**
 * Marks the pixels whose centres lie within rings, by the even-odd rule: a ring inside another one is a hole. Places are
 * distances from the left and the upper edge in pixels, so that the centre of the first pixel is (0.5, 0.5).
 *
 * @param mask - Is changed; parts of rings outside of it are left out.
 * @param rings - Points of each; the last is joined to the first.
 *
 * @example
 * ```ts
 * import { fillRings } from '@mint/image';
 *
 * const mask = { width: 4, height: 3, data: new Uint8Array(12) };
 * fillRings(mask, [[[1, 1], [4, 1], [4, 3], [1, 3]]]);
 * console.log(mask.data.join('')); // 000001110111
 * ```
 */
export function fillRings(
  { width, height, data }: Mask,
  rings: readonly (readonly (readonly [x: number, y: number])[])[],
): void {
  const ys = rings.flatMap((ring) => ring.map(([, y]) => y));
  const lowest = ys.reduce((a, b) => Math.min(a, b), height);
  const highest = ys.reduce((a, b) => Math.max(a, b), 0);
  const first = Math.max(0, Math.floor(lowest - 0.5));
  const last = Math.min(height - 1, Math.ceil(highest));
  for (let row = first; row <= last; row++) {
    const crossings = rings.flatMap((ring) => crossingsAt(ring, row + 0.5)).sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil((crossings[i] as number) - 0.5));
      const to = Math.min(width, Math.ceil((crossings[i + 1] as number) - 0.5));
      if (to > from) data.fill(1, row * width + from, row * width + to);
    }
  }
}

/** Where a ring crosses a horizontal line. */
function crossingsAt(ring: readonly (readonly [number, number])[], y: number): number[] {
  const crossings: number[] = [];
  let [x0, y0] = ring.at(-1) ?? [0, 0];
  for (const [x1, y1] of ring) {
    if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    [x0, y0] = [x1, y1];
  }
  return crossings;
}
