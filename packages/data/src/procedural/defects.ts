import type { Random } from '@mint/internal';
import { clamp01, cosine, sine } from './maths.js';
import { valueNoise } from './noise.js';
import { between, type Colour, type Defect, over, type Place, type Rgb, scaleColour } from './scene.js';

/** A thin, slightly bent line that tapers at both ends. */
export function scratch(random: Random, { x, y, turn }: Place, colour: Rgb): Defect {
  const length = between(random, 48, 76);
  const bend = between(random, -0.012, 0.012);
  const start = { x: x - (length / 2) * cosine(turn), y: y - (length / 2) * sine(turn) };
  const width = between(random, 1.5, 2.2);
  return line(
    walk(start, turn, 12, length / 12, () => bend),
    {
      halfWidth: (t) => width * (0.35 + 2.6 * t * (1 - t)),
      paint: (depth, out) => over(out, colour, 0.65 + 0.35 * clamp01(depth)),
    },
  );
}

/** A hair or thread of foreign matter, curled. */
export function fibre(random: Random, { x, y }: Place, colour: Rgb): Defect {
  let curl = between(random, -0.03, 0.03);
  const points = walk({ x, y }, random.uniform(), 30, 4.2, () => {
    curl = 0.8 * curl + between(random, -0.022, 0.022);
    return curl;
  });
  const width = between(random, 1.2, 1.6);
  return line(points, {
    halfWidth: () => width,
    paint(depth, out) {
      over(out, colour, 1);
      scaleColour(out, 0.72 + 0.28 * clamp01(depth / width));
    },
  });
}

/** A spill: the surface is tinted, most at the rim. */
export function stain(random: Random, place: Place, tint: Rgb): Defect {
  return blob(random, place, between(random, 12, 19), 0.34, (depth, out) => {
    over(out, tint, 0.62 + 0.25 * (1 - clamp01(depth / 3)));
  });
}

/** A puncture: dark inside, a torn rim that catches the light. */
export function hole(random: Random, place: Place, rim: Rgb): Defect {
  return blob(random, place, between(random, 7, 10.5), 0.5, (depth, out) => {
    if (depth < 1.6) over(out, rim, 0.85);
    else {
      over(out, [0.05, 0.045, 0.05], 0.94);
      scaleColour(out, 0.7 + 0.3 * clamp01(depth / 6));
    }
  });
}

/** A piece broken out of the edge: the ground behind it shows. */
export function bite(
  random: Random,
  { x, y }: Point,
  look: {
    /** Smallest and largest radius. */
    readonly radius: readonly [number, number];
    /** Greatest change of the radius along the edge. */
    readonly roughness: number;
    /** Half the side of the defect's box. */
    readonly reach: (radius: number) => number;
    /** Signed distance to the product's edge. */
    readonly body: Defect['distance'];
    readonly ground: (x: number, y: number, out: Colour) => void;
  },
): Defect {
  const rough = valueNoise(random);
  const radius = between(random, ...look.radius);
  const reach = look.reach(radius);
  return {
    box: [x - reach, y - reach, x + reach, y + reach],
    distance(px, py) {
      const [dx, dy] = [px - x, py - y];
      const hole = Math.sqrt(dx * dx + dy * dy) - radius - look.roughness * rough(px / 5, py / 5);
      // A little past the edge, or its soft pixels would stay as an outline.
      return Math.max(hole, look.body(px, py) - 1.5);
    },
    paint: (px, py, _depth, out) => look.ground(px, py, out),
  };
}

type Point = { readonly x: number; readonly y: number };
type Paint = (depth: number, out: Colour) => void;

/** Steps of equal length, the direction changed by `bend` turns before each. */
function walk(start: Point, turn: number, steps: number, step: number, bend: () => number): Point[] {
  const points = [start];
  let { x, y } = start;
  let heading = turn;
  for (let i = 0; i < steps; i++) {
    heading += bend();
    x += step * cosine(heading);
    y += step * sine(heading);
    points.push({ x, y });
  }
  return points;
}

/** A stroke along a path; `halfWidth` gets the place on the path, 0 to 1. */
function line(points: readonly Point[], look: { halfWidth: (t: number) => number; paint: Paint }): Defect {
  const n = points.length - 1;
  const widths = points.map((_, i) => look.halfWidth(i / n));
  const margin = Math.max(...widths) + 2;
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  return {
    box: [
      Math.min(...xs) - margin,
      Math.min(...ys) - margin,
      Math.max(...xs) + margin,
      Math.max(...ys) + margin,
    ],
    distance(x, y) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < n; i++) {
        const ax = xs[i] as number;
        const ay = ys[i] as number;
        const ex = (xs[i + 1] as number) - ax;
        const ey = (ys[i + 1] as number) - ay;
        const t = clamp01(((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey));
        const dx = x - ax - t * ex;
        const dy = y - ay - t * ey;
        const width = (widths[i] as number) * (1 - t) + (widths[i + 1] as number) * t;
        nearest = Math.min(nearest, Math.sqrt(dx * dx + dy * dy) - width);
      }
      return nearest;
    },
    paint: (_x, _y, depth, out) => look.paint(depth, out),
  };
}

/** A disc with an uneven edge; `rough` is the greatest change of the radius, as a share of it. */
function blob(random: Random, { x, y }: Place, radius: number, rough: number, paint: Paint): Defect {
  const noise = valueNoise(random);
  const squash = between(random, 0.75, 1.3);
  const reach = radius * (1 + rough) * 1.4 + 2;
  return {
    box: [x - reach, y - reach, x + reach, y + reach],
    distance(px, py) {
      const dx = (px - x) * squash;
      const dy = (py - y) / squash;
      const r = Math.sqrt(dx * dx + dy * dy) + 1e-9;
      const ring = 1.6;
      return r - radius * (1 + rough * noise((ring * dx) / r + 8, (ring * dy) / r + 8));
    },
    paint: (_x, _y, depth, out) => paint(depth, out),
  };
}
