/** An RGB colour, 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * Anchors of matplotlib's "inferno" (van der Walt and Smith, CC0): perceptually even, and readable with every kind of
 * colour blindness and in print.
 */
const ANCHORS: readonly Colour[] = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
];

/** Colour of a value from 0 (dark) to 1 (light); values outside are clamped, NaN counts as 0. */
export function heatColour(value: number): Colour {
  const at = Math.min(1, Math.max(0, Number.isNaN(value) ? 0 : value)) * (ANCHORS.length - 1);
  const i = Math.min(ANCHORS.length - 2, Math.floor(at));
  const [a, b] = [ANCHORS[i] as Colour, ANCHORS[i + 1] as Colour];
  const mix = (c: 0 | 1 | 2) => Math.round(a[c] + (b[c] - a[c]) * (at - i));
  return [mix(0), mix(1), mix(2)];
}
