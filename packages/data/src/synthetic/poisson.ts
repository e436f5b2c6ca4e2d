import { sine } from '../procedural/maths.js';

/**
 * Seamless cloning of one channel: the field inside a rectangle whose differences between neighbours are those of `patch`
 * and whose rim continues `target` (Pérez et al., "Poisson image editing", 2003). Solved by successive over-relaxation
 * with the best factor for a rectangle, to about a hundredth of a grey level; IEEE 754 arithmetic only, so the same
 * everywhere.
 *
 * @param patch - `[height, width]`, grey levels; its own rim gives only differences.
 * @param target - `[height, width]`, what lies there now; the rim stays.
 * @returns `[height, width]`.
 */
export function poissonBlend(
  patch: Float64Array,
  target: Float64Array,
  width: number,
  height: number,
): Float64Array {
  const field = Float64Array.from(target);
  const longest = Math.max(width, height);
  const relaxation = 2 / (1 + sine(0.5 / longest));
  for (let round = 0; round < 4 * longest; round++) {
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        const i = y * width + x;
        const around = at(field, i - 1) + at(field, i + 1) + at(field, i - width) + at(field, i + width);
        const source = at(patch, i - 1) + at(patch, i + 1) + at(patch, i - width) + at(patch, i + width);
        const wanted = (around + 4 * at(patch, i) - source) / 4;
        field[i] = at(field, i) + relaxation * (wanted - at(field, i));
      }
    }
  }
  return field;
}

const at = (field: Float64Array, i: number): number => field[i] as number;
