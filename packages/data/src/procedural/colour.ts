import type { Rgb } from './scene.js';

/** Colour of a hue in turns, saturation and value 0 to 1. */
export function fromHsv(hue: number, saturation: number, value: number): Rgb {
  const channel = (shift: number) => {
    const k = (shift + 6 * (hue - Math.floor(hue))) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Brightness, 0 to 1. */
const luma = ([r, g, b]: Rgb): number => 0.3 * r + 0.59 * g + 0.11 * b;

/** A light colour for what is dark, a dark one for what is light. */
export const against = (colour: Rgb): Rgb => (luma(colour) < 0.5 ? [0.96, 0.95, 0.92] : [0.1, 0.09, 0.09]);
