import type { Random } from '@mint/internal';
import { cosine, sine } from './maths.js';
import { valueNoise } from './noise.js';
import { anywhere, between, type Defect, over, type Rgb, type Scene, scaleColour } from './scene.js';

const WARP: Rgb = [0.25, 0.36, 0.53];
const WEFT: Rgb = [0.8, 0.77, 0.69];

export interface Weave extends Scene {
  /** A stretch of one warp thread is gone; the weft behind it lies bare. */
  readonly missingThread: (random: Random) => Defect;
}

/** Plain-woven cloth, blue warp (vertical) and cream weft. */
export function weave(random: Random): Weave {
  const turn = between(random, -0.008, 0.008);
  const [c, s] = [cosine(turn), sine(turn)];
  const pitch = between(random, 12.8, 13.4);
  const [phaseX, phaseY] = [random.uniform(), random.uniform()];
  const drift = valueNoise(random);
  const fuzz = valueNoise(random);
  const tones = Float32Array.from({ length: 64 }, () => between(random, 0.95, 1.05));
  // Position counted in threads: across the warp, across the weft.
  const column = (x: number, y: number) => (x * c + y * s) / pitch + phaseX + 0.1 * drift(x / 45, y / 45);
  const row = (x: number, y: number) => (y * c - x * s) / pitch + phaseY + 0.1 * drift(x / 45 + 20, y / 45);

  return {
    body: () => Number.NEGATIVE_INFINITY,
    place: anywhere,
    shade(x, y, _pixel, out) {
      const u = column(x, y);
      const v = row(x, y);
      const i = Math.floor(u);
      const j = Math.floor(v);
      const fx = u - i - 0.5;
      const fy = v - j - 0.5;
      const warpOnTop = ((i + j) & 1) === 0;
      const across = warpOnTop ? fx : fy;
      const along = warpOnTop ? fy : fx;
      const [r, g, b] = warpOnTop ? WARP : WEFT;
      const crown = (1 - 2.6 * across * across) * (1 - 1.5 * along * along);
      const ply = 0.05 * sine(across * 2.2 + along * 1.4);
      const light =
        (0.28 + 0.78 * crown - 0.22 * across + ply + 0.05 * fuzz(x * 0.9, y * 0.9)) *
        (tones[(warpOnTop ? i : j + 31) & 63] as number);
      out.r = r * light;
      out.g = g * light;
      out.b = b * light;
    },
    missingThread(random) {
      const { x, y } = anywhere(random);
      const gap = Math.floor(column(x, y)) + 0.5;
      const reach = between(random, 26, 44);
      return {
        box: [x - 26, y - reach - 12, x + 26, y + reach + 12],
        distance: (px, py) =>
          Math.max(
            Math.abs(column(px, py) - gap) - 0.52,
            Math.abs((py - y) * c - (px - x) * s) / pitch - reach / pitch,
          ) * pitch,
        paint(px, py, _depth, out) {
          const v = row(px, py);
          const fy = v - Math.floor(v) - 0.5;
          over(out, WEFT, 1);
          scaleColour(out, 0.16 + 0.5 * (1 - 4 * fy * fy) + 0.05 * fuzz(px * 0.9, py * 0.9));
        },
      };
    },
  };
}
