/**
 * Sine of an angle in turns. `Math.sin` may differ in the last bit between engines; this polynomial uses only
 * operations that IEEE 754 fixes, so images have the same bytes everywhere. Error below 2e-3.
 */
export function sine(turns: number): number {
  const t = turns - Math.floor(turns);
  const half = t < 0.5 ? t : t - 0.5;
  const parabola = half * (0.5 - half) * 16;
  const s = parabola * (0.775 + 0.225 * parabola);
  return t < 0.5 ? s : -s;
}

export const cosine = (turns: number): number => sine(turns + 0.25);

/** Angle of (x, y) in turns, (−½, ½]. Error below 1e-3 turns. */
export function angle(x: number, y: number): number {
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  const big = Math.max(ax, ay);
  if (big === 0) return 0;
  const z = Math.min(ax, ay) / big;
  const octant = z * (0.125 + 0.0434 * (1 - z));
  const quadrant = ay > ax ? 0.25 - octant : octant;
  const half = x < 0 ? 0.5 - quadrant : quadrant;
  return y < 0 ? -half : half;
}

export const clamp01 = (x: number): number => (x < 0 ? 0 : Math.min(x, 1));
export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothStep(from: number, to: number, x: number): number {
  const t = clamp01((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}
