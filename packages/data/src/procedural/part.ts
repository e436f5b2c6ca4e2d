import type { Random } from '@mint/internal';
import { bite } from './defects.js';
import { angle, clamp01, cosine, mix, sine, smoothStep } from './maths.js';
import { type Noise, valueNoise } from './noise.js';
import {
  between,
  boxDistance,
  type Colour,
  coverage,
  type Defect,
  over,
  type Rgb,
  type Scene,
  SIDE,
  scaleColour,
} from './scene.js';

/** Signed distance to an outline centred at the origin, negative inside, accurate near the edge. */
type Outline = (u: number, v: number) => number;

/** Outlines about `radius` wide on each side of the centre; `n` is a number of corners, arms or teeth, 3 to 9. */
const OUTLINES: Readonly<Record<string, (radius: number, n: number) => Outline>> = {
  disc: (radius) => (u, v) => Math.sqrt(u * u + v * v) - radius,
  plate: (radius, n) => (u, v) => boxDistance(u, v, radius, radius * (0.42 + 0.06 * n), 3 + 2 * n),
  polygon: (radius, n) => {
    const sides = Math.min(n, 8);
    const directions = Array.from({ length: sides }, (_, k) => [cosine(k / sides), sine(k / sides)] as const);
    const inner = radius * cosine(0.5 / sides);
    return (u, v) => directions.reduce((d, [c, s]) => Math.max(d, u * c + v * s), -radius) - inner;
  },
  star: (radius, n) => (u, v) => {
    const lobes = sine(n * angle(u, v) + 0.25);
    return 0.8 * (Math.sqrt(u * u + v * v) - radius * (0.8 + 0.18 * lobes));
  },
  cogwheel: (radius, n) => (u, v) => {
    const teeth = smoothStep(-0.35, 0.35, sine((n + 6) * angle(u, v)));
    return 0.8 * (Math.sqrt(u * u + v * v) - radius * (0.82 + 0.16 * teeth));
  },
  cross: (radius, n) => (u, v) =>
    Math.min(
      boxDistance(u, v, radius, radius * (0.24 + 0.025 * n), 5),
      boxDistance(u, v, radius * (0.24 + 0.025 * n), radius, 5),
    ),
  capsule: (radius, n) => (u, v) =>
    boxDistance(u, v, radius, radius * (0.26 + 0.03 * n), radius * (0.26 + 0.03 * n)),
  bracket: (radius, n) => (u, v) =>
    Math.min(
      boxDistance(u + radius * 0.62, v, radius * 0.36, radius * 0.95, 4),
      boxDistance(u, v - radius * 0.6, radius * 0.98, radius * (0.2 + 0.025 * n), 4),
    ),
  link: (radius, n) => (u, v) => {
    const reach = radius * (0.5 + 0.02 * n);
    const ends = Math.min((u - reach) ** 2 + v * v, (u + reach) ** 2 + v * v);
    return Math.min(Math.sqrt(ends) - radius * 0.44, boxDistance(u, v, reach, radius * 0.2, 2));
  },
  spool: (radius, n) => (u, v) => {
    const waist =
      radius * (0.3 + 0.02 * n) + 0.55 * radius * smoothStep(0.35 * radius, 0.8 * radius, Math.abs(u));
    return 0.75 * Math.max(Math.abs(v) - waist, Math.abs(u) - radius);
  },
};

/** Looks of a part's surface: brightness at (u, v), about 1. */
const FINISHES: Readonly<Record<string, (noise: Noise) => (u: number, v: number) => number>> = {
  plain: (noise) => (u, v) => 1 + 0.03 * noise(u / 3, v / 3),
  brushed: (noise) => (u, v) => 1 + 0.1 * noise(u / 40, v * 0.9),
  turned: (noise) => (u, v) => {
    const r = Math.sqrt(u * u + v * v) + 1e-9;
    return 0.92 + 0.2 * ((u * u - v * v) / (r * r)) ** 2 + 0.06 * noise(r, 5);
  },
  speckled: (noise) => (u, v) => 1 - 0.3 * smoothStep(0.35, 0.6, noise(u / 2.4, v / 2.4)),
  ribbed: () => (u) => 1 + 0.16 * sine(u / 11),
};

/** Marks in a second colour: signed distance. */
const MARKS: Readonly<Record<string, (radius: number, n: number) => Outline>> = {
  none: () => () => Number.POSITIVE_INFINITY,
  band: (radius, n) => (u) => Math.abs(u - radius * 0.06 * (n - 6)) - radius * 0.11,
  ring: (radius, n) => (u, v) =>
    Math.abs(Math.sqrt(u * u + v * v) - radius * (0.3 + 0.02 * n)) - radius * 0.05,
  bars: (radius, n) => (u, v) => {
    const k = Math.round(u / (radius * 0.17));
    return (
      boxDistance(u - k * radius * 0.17, v, radius * 0.045, radius * 0.24, 1) +
      (Math.abs(k) > n / 3 ? radius : 0)
    );
  },
  dots: (radius, n) => (u, v) => {
    const k = Math.round(angle(u, v) * n) / n;
    const [du, dv] = [u - radius * 0.36 * cosine(k), v - radius * 0.36 * sine(k)];
    return Math.sqrt(du * du + dv * dv) - radius * 0.07;
  },
};

/** What one class of parts looks like. */
export interface PartDesign {
  readonly outline: string;
  readonly finish: string;
  readonly mark: string;
  readonly n: number;
  readonly radius: number;
  /** Radius of a bore through the middle, 0 for none. */
  readonly bore: number;
  /** Direction the class lies in, in turns. */
  readonly turn: number;
  readonly colour: Rgb;
  readonly markColour: Rgb;
  readonly ground: Rgb;
}

export interface Part extends Scene {
  /** A piece of the edge is broken out. */
  readonly missing: (random: Random) => Defect;
}

/** One part on its ground. `variation` scales how much pose and light differ between images, 1 as in the four classes. */
export function part(random: Random, design: PartDesign, variation: number): Part {
  const { radius, bore, colour, markColour, ground } = design;
  const cx = SIDE / 2 + between(random, -4, 4) * variation;
  const cy = SIDE / 2 + between(random, -4, 4) * variation;
  const turn = design.turn + between(random, -0.013, 0.013) * variation;
  const [c, s] = [cosine(turn), sine(turn)];
  const tone = 1 + between(random, -0.03, 0.03) * variation;
  const outline = (OUTLINES[design.outline] as (typeof OUTLINES)[string])(radius, design.n);
  const finish = (FINISHES[design.finish] as (typeof FINISHES)[string])(valueNoise(random));
  const mark = (MARKS[design.mark] as (typeof MARKS)[string])(radius, design.n);
  const mat = valueNoise(random);
  const distanceAt = (u: number, v: number) => Math.max(outline(u, v), bore - Math.sqrt(u * u + v * v));
  const distance = (x: number, y: number) =>
    distanceAt((x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s);
  const paintGround = groundPainter(ground, mat, distance);
  const surface: Colour = { r: 0, g: 0, b: 0 };

  return {
    body: (x, y) => distance(x, y) + 2.5,
    place(random) {
      // A point well inside the outline; the middle of a solid part is one.
      for (let attempt = 0; attempt < 64; attempt++) {
        const x = cx + between(random, -radius, radius);
        const y = cy + between(random, -radius, radius);
        if (distance(x, y) < -9) return { x, y, turn: random.uniform() };
      }
      return { x: cx + bore + 10, y: cy, turn: random.uniform() };
    },
    shade(x, y, pixel, out) {
      paintGround(x, y, out);
      const u = (x - cx) * c + (y - cy) * s;
      const v = (y - cy) * c - (x - cx) * s;
      const d = distanceAt(u, v);
      const alpha = coverage(d, pixel);
      if (alpha === 0) return;
      surface.r = colour[0];
      surface.g = colour[1];
      surface.b = colour[2];
      over(surface, markColour, 0.9 * coverage(mark(u, v), pixel));
      // The bevel catches the light from the upper left.
      const bevel = d > -7 ? (distance(x + 1, y + 1) - distance(x - 1, y - 1)) * clamp01(1 + d / 7) : 0;
      const light = tone * finish(u, v) * (0.95 - 0.13 * bevel + 0.0006 * (cx - x + cy - y));
      out.r += (surface.r * light - out.r) * alpha;
      out.g += (surface.g * light - out.g) * alpha;
      out.b += (surface.b * light - out.b) * alpha;
    },
    missing(random) {
      // From the middle outwards to the edge.
      const direction = random.uniform();
      const [dx, dy] = [cosine(direction), sine(direction)];
      let reach = 2 * radius;
      while (reach > bore + 8 && distance(cx + reach * dx, cy + reach * dy) > -5) reach -= 1;
      const place = { x: cx + reach * dx, y: cy + reach * dy };
      return bite(random, place, {
        radius: [11, 14],
        roughness: 2,
        reach: (size) => size + 4,
        body: distance,
        ground: paintGround,
      });
    },
  };
}

/** Paints the ground with the shadow of a part; `distance` is that to the part's edge. */
function groundPainter(ground: Rgb, mat: Noise, distance: Outline) {
  return (x: number, y: number, out: Colour): void => {
    const light = 1 + 0.06 * mat(x * 0.7, y * 0.7) + 0.05 * mat(x / 30 + 9, y / 30);
    out.r = ground[0] * light;
    out.g = ground[1] * light;
    out.b = ground[2] * light;
    const shadow = distance(x - 3, y - 5);
    if (shadow < 10) scaleColour(out, 1 - 0.35 * (1 - smoothStep(-6, 10, shadow)));
  };
}

/** Draws a design; `index` goes through outlines, finishes and marks so that neighbours differ in all of them. */
export function designPart(
  index: number,
  random: Random,
  colours: Pick<PartDesign, 'colour' | 'markColour' | 'ground'>,
): PartDesign {
  const outlines = Object.keys(OUTLINES);
  const finishes = Object.keys(FINISHES);
  const marks = Object.keys(MARKS);
  const outline = outlines[index % outlines.length] ?? 'disc';
  const round = Math.floor(index / outlines.length);
  const wide = ['disc', 'polygon', 'star', 'cogwheel', 'plate'].includes(outline);
  const square = ['plate', 'bracket', 'spool'].includes(outline);
  return {
    outline,
    finish: finishes[(index + round) % finishes.length] ?? 'plain',
    mark: marks[(index + 2 * round + Math.floor(round / marks.length)) % marks.length] ?? 'none',
    n: 3 + ((round * 2 + random.int(2)) % 7),
    // Corners stay in the image.
    radius: mix(64, 86, random.uniform()) * (square ? 0.84 : 1),
    bore: wide && random.uniform() < 0.45 ? between(random, 9, 22) : 0,
    turn: random.uniform(),
    ...colours,
  };
}
