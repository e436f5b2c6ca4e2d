import { assertPositiveInt, MintError } from '@mint/internal';
import type { Size } from '../types.js';

/**
 * Resizes an anomaly map: bilinear with half-pixel centres and repeated edges, as PyTorch with `align_corners=False`.
 *
 * @param map - `[from.height, from.width]` row-major.
 * @returns `[to.height, to.width]`; the input itself when the sizes are equal.
 * @throws MintError `INVALID_ARGUMENT` for a size that is not a positive integer, `SHAPE_MISMATCH` when the map does not have
 * `from.height · from.width` values.
 *
 * @example
 * ```ts
 * import { resizeMap } from '@mint/image';
 *
 * const map = Float32Array.of(0, 1);
 * console.log([...resizeMap(map, { width: 2, height: 1 }, { width: 4, height: 1 })]); // [ 0, 0.25, 0.75, 1 ]
 * ```
 */
export function resizeMap(map: Float32Array, from: Size, to: Size): Float32Array {
  assertPositiveInt('resizeMap', 'to.width', to.width);
  assertPositiveInt('resizeMap', 'to.height', to.height);
  if (map.length !== from.width * from.height) {
    const message = `resizeMap: a map of ${from.width}x${from.height} has ${from.width * from.height} values, got ${map.length}.`;
    throw new MintError('SHAPE_MISMATCH', message);
  }
  if (from.width === to.width && from.height === to.height) return map;
  const at = (i: number, old: number, size: number) => {
    const place = Math.min(old - 1, Math.max(0, ((i + 0.5) * old) / size - 0.5));
    const low = Math.floor(place);
    return { low, high: Math.min(old - 1, low + 1), share: place - low };
  };
  const columns = Array.from({ length: to.width }, (_, x) => at(x, from.width, to.width));
  const out = new Float32Array(to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    const row = at(y, from.height, to.height);
    columns.forEach(({ low, high, share }, x) => {
      const across = (line: number) =>
        (1 - share) * (map[line * from.width + low] as number) +
        share * (map[line * from.width + high] as number);
      out[y * to.width + x] = (1 - row.share) * across(row.low) + row.share * across(row.high);
    });
  }
  return out;
}
