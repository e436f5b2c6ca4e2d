import type { Random } from '@mint/internal';
import { clamp01, cosine, sine, smoothStep } from './maths.js';
import { type Noise, valueNoise } from './noise.js';
import { anywhere, between, type Defect, type Rgb, type Scene } from './scene.js';

/** A pattern over the plane, coordinates in periods: share of the second colour and height, both 0 to 1. */
interface Pattern {
  readonly tint: (u: number, v: number) => number;
  readonly height: (u: number, v: number) => number;
}

const frac = (x: number): number => x - Math.floor(x);
/** Distance to the nearest integer, 0 to ½. */
const toGrid = (x: number): number => Math.abs(frac(x + 0.5) - 0.5);
/** Distance to the nearest point of a lattice whose rows are set off by half a period. */
const toLattice = (u: number, v: number): number => {
  const row = Math.round(v / 0.87);
  const [du, dv] = [toGrid(u + 0.5 * (row & 1)), v - 0.87 * row];
  return Math.sqrt(du * du + dv * dv);
};

/** `a`, `b`: noises of the image; `n`: a number that varies the class, 0 to 3. */
const PATTERNS: Readonly<Record<string, (a: Noise, b: Noise, n: number) => Pattern>> = {
  stripes: (_a, _b, n) => ({
    tint: (u) => smoothStep(-0.3, 0.3, sine(u) - 0.25 * (n - 1.5)),
    height: (u) => 0.5 + 0.5 * sine(u),
  }),
  checks: (_a, _b, n) => ({
    tint: (u, v) =>
      0.5 * smoothStep(-0.2, 0.2, sine(u / 2) + 0.1 * n) + 0.5 * smoothStep(-0.2, 0.2, sine(v / 2)),
    height: (u, v) => 0.3 * (sine(4 * u) + sine(4 * v)),
  }),
  tiles: (a, _b, n) => ({
    tint: (u, v) =>
      1 -
      smoothStep(0.05, 0.1 + 0.01 * n, Math.min(toGrid(u + (n & 1) * 0.5 * (Math.floor(v) & 1)), toGrid(v))),
    height: (u, v) =>
      smoothStep(0.03, 0.16, Math.min(toGrid(u + (n & 1) * 0.5 * (Math.floor(v) & 1)), toGrid(v))) +
      0.15 * a(2 * u, 2 * v),
  }),
  dots: (_a, _b, n) => ({
    tint: (u, v) => 1 - smoothStep(0.2 + 0.04 * n, 0.27 + 0.04 * n, toLattice(u, v)),
    height: (u, v) => 1 - smoothStep(0, 0.34, toLattice(u, v)),
  }),
  mesh: (_a, _b, n) => ({
    tint: (u, v) => smoothStep(0.13 + 0.02 * n, 0.2 + 0.02 * n, Math.min(toGrid(u), toGrid(v))),
    height: (u, v) => 1 - smoothStep(0, 0.25, Math.min(toGrid(u), toGrid(v))),
  }),
  chevrons: (_a, _b, n) => ({
    tint: (u, v) => smoothStep(-0.25, 0.25, sine(v + (1 + 0.3 * n) * toGrid(u / 2))),
    height: (u, v) => 0.5 + 0.5 * sine(v + (1 + 0.3 * n) * toGrid(u / 2)),
  }),
  knit: (_a, _b, n) => ({
    tint: (_u, v) => 0.5 + 0.5 * sine(v / 4 + 0.1 * n),
    height: (u, v) => (1 - 3.4 * toGrid(u) ** 2) * (0.6 + 0.4 * sine(v - 0.9 * toGrid(u + 0.5))),
  }),
  wood: (a, b, n) => ({
    tint: (u, v) => 0.5 + 0.5 * sine(u * 0.55 + (0.5 + 0.15 * n) * a(u / 3, v / 14)),
    height: (u, v) => 0.3 * b(u * 3, v / 3),
  }),
  // Two lattices at an angle, so that neither shows.
  terrazzo: (a, b, n) => ({
    tint: (u, v) => {
      const scale = 0.8 + 0.2 * n;
      return smoothStep(
        0.2,
        0.28,
        scale * (a(scale * u, scale * v) + b(scale * (0.8 * u - 0.7 * v), scale * (0.7 * u + 0.8 * v))),
      );
    },
    height: (u, v) => 0.06 * b(u * 5, v * 5),
  }),
  hide: (a, b, n) => ({
    tint: (u, v) => 0.3 + 0.3 * b(u / 5, v / 5),
    height: (u, v) => Math.abs(a(u, v) + 0.6 * b((1.3 + 0.2 * n) * u - v + 7, u + 1.4 * v)),
  }),
};

/** Patterns that repeat, so that a displaced piece shows. */
const PERIODIC: readonly string[] = ['stripes', 'checks', 'tiles', 'dots', 'mesh', 'chevrons', 'knit'];

/** What one class of surfaces looks like. */
export interface SurfaceDesign {
  readonly pattern: string;
  /** Period in pixels of 224. */
  readonly period: number;
  readonly n: number;
  readonly turn: number;
  readonly colour: Rgb;
  readonly second: Rgb;
}

export interface Surface extends Scene {
  /** A piece lies half a period off; undefined where the pattern does not repeat. */
  readonly displaced: ((random: Random) => Defect) | undefined;
}

/** One piece of a surface. `variation` scales how much images differ, 1 as in the four classes. */
export function surface(random: Random, design: SurfaceDesign, variation: number): Surface {
  const { colour, second } = design;
  const turn = design.turn + between(random, -0.008, 0.008) * variation;
  const period = design.period * (1 + between(random, -0.02, 0.02) * variation);
  const [c, s] = [cosine(turn), sine(turn)];
  const [phaseU, phaseV] = [16 * random.uniform(), 16 * random.uniform()];
  const tone = 1 + between(random, -0.03, 0.03) * variation;
  const [a, b, drift, fuzz] = [
    valueNoise(random),
    valueNoise(random),
    valueNoise(random),
    valueNoise(random),
  ];
  const { tint, height } = (PATTERNS[design.pattern] as (typeof PATTERNS)[string])(a, b, design.n);
  /** Position in periods; `off` moves the pattern. */
  const shade = (x: number, y: number, off: number, out: { r: number; g: number; b: number }) => {
    const u = (x * c + y * s) / period + phaseU + off + 0.05 * variation * drift(x / 45, y / 45);
    const v = (y * c - x * s) / period + phaseV + off + 0.05 * variation * drift(x / 45 + 20, y / 45);
    const share = clamp01(tint(u, v));
    const slope = height(u, v) - height(u - 0.1 * (c + s), v - 0.1 * (c - s));
    const light =
      tone * (0.9 + 0.55 * slope + 0.035 * fuzz(x * 0.9, y * 0.9) + 0.04 * drift(x / 60 + 7, y / 60));
    out.r = (colour[0] + (second[0] - colour[0]) * share) * light;
    out.g = (colour[1] + (second[1] - colour[1]) * share) * light;
    out.b = (colour[2] + (second[2] - colour[2]) * share) * light;
  };
  const displaced = (random: Random): Defect => {
    const { x, y } = anywhere(random);
    const [halfWidth, halfHeight] = [between(random, 15, 24), between(random, 15, 24)];
    return {
      box: [x - halfWidth - 1, y - halfHeight - 1, x + halfWidth + 1, y + halfHeight + 1],
      distance: (px, py) => Math.max(Math.abs(px - x) - halfWidth, Math.abs(py - y) - halfHeight),
      paint: (px, py, _depth, out) => shade(px, py, 0.5, out),
    };
  };
  return {
    body: () => Number.NEGATIVE_INFINITY,
    place: anywhere,
    shade: (x, y, _pixel, out) => shade(x, y, 0, out),
    displaced: PERIODIC.includes(design.pattern) ? displaced : undefined,
  };
}

/** Draws a design; `index` goes through the patterns. */
export function designSurface(
  index: number,
  random: Random,
  colours: Pick<SurfaceDesign, 'colour' | 'second'>,
): SurfaceDesign {
  const patterns = Object.keys(PATTERNS);
  const round = Math.floor(index / patterns.length);
  return {
    pattern: patterns[index % patterns.length] ?? 'stripes',
    period: between(random, 10, 15) * (round % 2 === 0 ? 1 : 1.7),
    n: (round + random.int(2)) % 4,
    turn: round % 3 === 0 ? 0 : random.uniform(),
    ...colours,
  };
}
