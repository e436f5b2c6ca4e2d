/** An RGB colour, 0 to 255. */
export type Colour = readonly [r: number, g: number, b: number];

/**
 * matplotlib's "inferno" (van der Walt and Smith, CC0) at 0, 0.1, …, 1: perceptually even, lightness only grows, so it
 * reads with every kind of colour blindness and in grey print.
 */
const ANCHORS = [
  0x000004, 0x160b39, 0x420a68, 0x6a176e, 0x932667, 0xbc3754, 0xdd513a, 0xf37819, 0xfca50a, 0xf6d746,
  0xfcffa4,
];

/**
 * Colour of a value from 0 (dark) to 1 (light); values outside are clamped.
 *
 * @example
 * ```ts
 * import { heatColour } from '@mint/report';
 *
 * console.log(heatColour(0), heatColour(0.5), heatColour(1)); // [ 0, 0, 4 ] [ 188, 55, 84 ] [ 252, 255, 164 ]
 * ```
 */
export function heatColour(value: number): Colour {
  const at = Math.min(1, Math.max(0, value)) * (ANCHORS.length - 1);
  const i = Math.min(ANCHORS.length - 2, Math.floor(at));
  const [a, b] = [ANCHORS[i] as number, ANCHORS[i + 1] as number];
  const mix = (shift: number) => {
    const from = (a >> shift) & 255;
    const to = (b >> shift) & 255;
    return Math.round(from + (to - from) * (at - i));
  };
  return [mix(16), mix(8), mix(0)];
}
