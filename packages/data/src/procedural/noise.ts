import type { Random } from '@mint/internal';
import { cosine, mix, sine } from './maths.js';

/** A smooth random function of the plane with values in [−1, 1] and features about 1 wide. */
export type Noise = (x: number, y: number) => number;

const LATTICE = 64;

/** Value noise on a 64 x 64 lattice that repeats. */
export function valueNoise(random: Random): Noise {
  const lattice = Float32Array.from({ length: LATTICE * LATTICE }, () => 2 * random.uniform() - 1);
  return (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const fx = x - column;
    const fy = y - row;
    const u = fx * fx * (3 - 2 * fx);
    const v = fy * fy * (3 - 2 * fy);
    const left = column & (LATTICE - 1);
    const right = (column + 1) & (LATTICE - 1);
    const top = (row & (LATTICE - 1)) * LATTICE;
    const bottom = ((row + 1) & (LATTICE - 1)) * LATTICE;
    const a = lattice[top + left] as number;
    const b = lattice[top + right] as number;
    const c = lattice[bottom + left] as number;
    const d = lattice[bottom + right] as number;
    const above = a + (b - a) * u;
    return above + (c + (d - c) * u - above) * v;
  };
}

/** Perlin's gradient noise on a 64 x 64 lattice that repeats, about −0.7 to 0.7; 0 at lattice points. */
export function gradientNoise(random: Random): Noise {
  const directions = Float32Array.from({ length: LATTICE * LATTICE }, () => random.uniform());
  const gradientX = Float32Array.from(directions, cosine);
  const gradientY = Float32Array.from(directions, sine);
  return (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const [fx, fy] = [x - column, y - row];
    const corner = (i: 0 | 1, j: 0 | 1) => {
      const at = ((row + j) & (LATTICE - 1)) * LATTICE + ((column + i) & (LATTICE - 1));
      return (gradientX[at] as number) * (fx - i) + (gradientY[at] as number) * (fy - j);
    };
    const [u, v] = [fade(fx), fade(fy)];
    return mix(mix(corner(0, 0), corner(1, 0), u), mix(corner(0, 1), corner(1, 1), u), v);
  };
}

const fade = (t: number): number => t * t * t * (t * (6 * t - 15) + 10);
