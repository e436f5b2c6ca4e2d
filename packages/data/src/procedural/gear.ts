import type { Random } from '@mint/internal';
import { bite } from './defects.js';
import { angle, clamp01, cosine, sine } from './maths.js';
import { valueNoise } from './noise.js';
import { between, type Colour, coverage, type Defect, type Rgb, type Scene, SIDE } from './scene.js';

const TEETH = 12;
const BOLTS = 4;
const ROOT = 70;
const TIP = 88;
const BORE = 24;
const BOLT_RADIUS = 7.5;
const BOLT_CIRCLE = 46;
const GROUND: Rgb = [0.17, 0.19, 0.22];

export interface Gear extends Scene {
  /** One tooth is broken out with a bite of the rim. */
  readonly missingTooth: (random: Random) => Defect;
}

/** A turned steel gear wheel of twelve teeth with a bore and four bolt holes, on a dark mat. */
export function gear(random: Random): Gear {
  const cx = SIDE / 2 + between(random, -3, 3);
  const cy = SIDE / 2 + between(random, -3, 3);
  const turn = between(random, -0.012, 0.012);
  const teeth = directions(TEETH, turn);
  const distance = wheelDistance(teeth, turn);
  const rings = valueNoise(random);
  const mat = valueNoise(random);
  const [lightX, lightY] = [cosine(0.085 + turn), sine(0.085 + turn)];
  const ground = (x: number, y: number, out: Colour) => {
    const light = 1 + 0.1 * mat(x * 0.7, y * 0.7) + 0.06 * mat(x / 30 + 9, y / 30);
    out.r = GROUND[0] * light;
    out.g = GROUND[1] * light;
    out.b = GROUND[2] * light;
  };

  return {
    body: (x, y) => distance(x - cx, y - cy) + 2.5,
    place(random) {
      const at = random.uniform();
      const radius = between(random, 38, 60);
      return {
        x: cx + radius * cosine(at),
        y: cy + radius * sine(at),
        turn: at + between(random, 0.17, 0.33),
      };
    },
    shade(x, y, pixel, out) {
      ground(x, y, out);
      const dx = x - cx;
      const dy = y - cy;
      const d = distance(dx, dy);
      const metal = coverage(d, pixel);
      if (metal === 0) return;
      const r = Math.sqrt(dx * dx + dy * dy) + 1e-9;
      // Turning marks run round the axis, so the light shows as two opposite fans.
      const along = (dx * lightX + dy * lightY) / r;
      const fan = (2 * along * along - 1) ** 2;
      const marks = 0.05 * rings(r * 1.15, 3) + 0.02 * rings(r * 3.1, 17);
      const edge = clamp01(1 + d / 3.2);
      const bevel = edge * (0.16 * ((-dx - dy) / r) - 0.06);
      const step = r > 33 && r < 34.6 ? -0.14 : 0;
      const light = 0.5 + 0.24 * fan + marks + bevel + step;
      out.r += (light * 0.98 - out.r) * metal;
      out.g += (light - out.g) * metal;
      out.b += (light * 1.04 - out.b) * metal;
    },
    missingTooth(random) {
      const [c, s] = teeth[random.int(TEETH)] as [number, number];
      const place = { x: cx + 79 * c, y: cy + 79 * s };
      return bite(random, place, {
        radius: [15, 17.5],
        roughness: 2.2,
        reach: () => 24,
        body: (x, y) => distance(x - cx, y - cy),
        ground,
      });
    },
  };
}

/** Signed distance to the wheel's edge from a point relative to its centre. */
function wheelDistance(teeth: readonly (readonly [number, number])[], turn: number) {
  const bolts = directions(BOLTS, turn + 0.5 / TEETH);
  const sector = (dx: number, dy: number) => {
    const k = Math.round((angle(dx, dy) - turn) * TEETH);
    return ((k % TEETH) + TEETH) % TEETH;
  };
  const toothDistance = (dx: number, dy: number, k: number) => {
    const [c, s] = teeth[k] as [number, number];
    const radial = dx * c + dy * s;
    const tangential = Math.abs(dy * c - dx * s);
    return Math.max(0.96 * (tangential - 11.2 + 0.27 * (radial - ROOT)), radial - TIP, ROOT - 6 - radial);
  };
  const holeDistance = (dx: number, dy: number, r: number) => {
    let nearest = r - BORE;
    for (const [c, s] of bolts) {
      const ox = dx - BOLT_CIRCLE * c;
      const oy = dy - BOLT_CIRCLE * s;
      nearest = Math.min(nearest, Math.sqrt(ox * ox + oy * oy) - BOLT_RADIUS);
    }
    return nearest;
  };
  return (dx: number, dy: number): number => {
    const r = Math.sqrt(dx * dx + dy * dy);
    if (r > TIP + 2) return r - TIP;
    const outside = r > ROOT - 8 ? Math.min(r - ROOT, toothDistance(dx, dy, sector(dx, dy))) : r - ROOT;
    return Math.max(outside, -holeDistance(dx, dy, r));
  };
}

function directions(n: number, turn: number): [number, number][] {
  return Array.from({ length: n }, (_, k) => [cosine(k / n + turn), sine(k / n + turn)]);
}
