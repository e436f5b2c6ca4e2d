import type { Random } from '@mint/internal';
import { cosine, sine } from './maths.js';
import { valueNoise } from './noise.js';
import { anywhere, between, type Scene } from './scene.js';

/** Grained leather, brown, lit from the upper left. */
export function leather(random: Random): Scene {
  const turn = random.uniform();
  const [c, s] = [cosine(turn), sine(turn)];
  const grain = valueNoise(random);
  const wrinkle = valueNoise(random);
  const tone = valueNoise(random);
  const scale = between(random, 0.125, 0.135);
  const height = (u: number, v: number) => {
    const a = grain(u, v);
    // The finer lattice stands at an angle to the coarse one: neither shows.
    const b = wrinkle(1.5 * u - 1.1 * v + 7, 1.1 * u + 1.5 * v);
    return 0.62 * Math.abs(a + 0.45 * b) + 0.16 * Math.abs(b);
  };
  return {
    body: () => Number.NEGATIVE_INFINITY,
    place: anywhere,
    shade(x, y, _pixel, out) {
      const u = (x * c + y * s) * scale;
      const v = (y * c - x * s) * scale;
      const here = height(u, v);
      // The slope towards the light, which stands at the upper left of the image whatever the hide's turn.
      const there = height(u - 0.11 * (c + s), v - 0.11 * (c - s));
      const slope = here - there;
      const crease = here < 0.13 ? here / 0.13 : 1;
      const light = (0.8 + 1.5 * slope) * (0.62 + 0.38 * crease) * (1 + 0.05 * tone(x / 60, y / 60));
      const shine = slope > 0.12 ? (slope - 0.12) * 0.5 : 0;
      out.r = 0.56 * light + shine;
      out.g = 0.34 * light + shine;
      out.b = 0.21 * light + shine;
    },
  };
}
