import type { Random } from '@mint/internal';
import { clamp01, cosine, sine, smoothStep } from './maths.js';
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

const LENGTH = 90;
const RADIUS = 33;
const CAP: Rgb = [0.86, 0.36, 0.12];
const BODY: Rgb = [0.93, 0.9, 0.83];
const INK: Rgb = [0.12, 0.16, 0.3];
const GROUND: Rgb = [0.56, 0.6, 0.62];

/** MINT, five columns and seven rows per letter, one column between letters. */
const PRINT = [
  'X...X.XXX.X...X.XXXXX',
  'XX.XX..X..XX..X...X..',
  'X.X.X..X..X.X.X...X..',
  'X.X.X..X..X.X.X...X..',
  'X...X..X..X..XX...X..',
  'X...X..X..X...X...X..',
  'X...X.XXX.X...X...X..',
];
const DOT = 2.9;
const [PRINT_U, PRINT_V] = [42, 0];
const COLUMNS = 21;
const ROWS = PRINT.length;
const DOTS = Uint8Array.from(PRINT.join(''), (letter) => (letter === 'X' ? 1 : 0));

export interface Capsule extends Scene {
  /** Some letters of the print are gone or displaced. */
  readonly misprint: (random: Random) => Defect;
}

/** How a capsule lies in the image: centre, direction in turns and as a vector, and the place of its print. */
interface Pose {
  readonly cx: number;
  readonly cy: number;
  readonly turn: number;
  readonly c: number;
  readonly s: number;
  readonly printU: number;
  readonly printV: number;
}

/** Colour of a capsule whose print is moved by `shift`; `undefined` leaves the print out. */
type Shade = (
  x: number,
  y: number,
  pixel: number,
  out: Colour,
  shift: readonly [number, number] | undefined,
) => void;

/** A two-coloured capsule with a printed name, lying on gray card. */
export function capsule(random: Random): Capsule {
  const pose = drawPose(random);
  const { cx, cy, turn, c, s } = pose;
  const shade = shadeOf(pose, valueNoise(random));
  return {
    body: (x, y) =>
      boxDistance((x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s, LENGTH, RADIUS, RADIUS) + 3,
    place(random) {
      const u = between(random, -LENGTH + 26, LENGTH - 26);
      const v = between(random, -15, 15);
      return { x: cx + u * c - v * s, y: cy + u * s + v * c, turn: turn + between(random, -0.12, 0.12) };
    },
    shade: (x, y, pixel, out) => shade(x, y, pixel, out, [0, 0]),
    misprint: (random) => misprint(random, pose, shade),
  };
}

function drawPose(random: Random): Pose {
  const cx = SIDE / 2 + between(random, -4, 4);
  const cy = SIDE / 2 + between(random, -4, 4);
  const turn = between(random, -0.014, 0.014);
  const [printU, printV] = [PRINT_U + between(random, -0.8, 0.8), PRINT_V + between(random, -0.8, 0.8)];
  return { cx, cy, turn, c: cosine(turn), s: sine(turn), printU, printV };
}

function shadeOf({ cx, cy, c, s, printU, printV }: Pose, card: Noise): Shade {
  const surface: Colour = { r: 0, g: 0, b: 0 };
  return (x, y, pixel, out, shift) => {
    const light = 1 + 0.035 * card(x * 0.8, y * 0.8) + 0.03 * card(x / 25, y / 25 + 9);
    out.r = GROUND[0] * light;
    out.g = GROUND[1] * light;
    out.b = GROUND[2] * light;
    const u = (x - cx) * c + (y - cy) * s;
    const v = (y - cy) * c - (x - cx) * s;
    if (Math.abs(v) > RADIUS + 20) return;
    const shadow = boxDistance(u - 3, v - 6, LENGTH, RADIUS, RADIUS);
    if (shadow < 12) scaleColour(out, 1 - 0.42 * (1 - smoothStep(-6, 12, shadow)));
    const d = boxDistance(u, v, LENGTH, RADIUS, RADIUS);
    const alpha = coverage(d, pixel);
    if (alpha === 0) return;
    const inner = clamp01(-d / RADIUS);
    const dome = Math.sqrt(inner * (2 - inner));
    const side = v / RADIUS;
    // The cap is the wider half: a step of shade follows its rim.
    const form = (u > -4 && u < 0 ? 0.8 : 1) * (0.42 + 0.6 * dome - 0.14 * side);
    const gloss = 0.42 * smoothStep(0.16, 0, Math.abs(side + 0.48)) * smoothStep(3, 14, -d);
    const cap = coverage(u + 4, pixel);
    const ink = shift === undefined ? 0 : 0.9 * inkAt(u - printU - shift[0], v - printV - shift[1], pixel);
    surface.r = BODY[0];
    surface.g = BODY[1];
    surface.b = BODY[2];
    over(surface, CAP, cap);
    over(surface, INK, ink);
    out.r += (surface.r * form + gloss - out.r) * alpha;
    out.g += (surface.g * form + gloss - out.g) * alpha;
    out.b += (surface.b * form + gloss - out.b) * alpha;
  };
}

function misprint(random: Random, { cx, cy, c, s, printU, printV }: Pose, shade: Shade): Defect {
  const letters = 2 + random.int(2);
  const first = random.int(5 - letters);
  // Letters start at columns 0, 6, 10 and 16 ('I' is three wide) and end before the next.
  const starts = [0, 6, 10, 16, 22];
  const [left, right] = [(starts[first] ?? 0) * DOT, ((starts[first + letters] ?? 0) - 1) * DOT];
  const u = printU - (COLUMNS * DOT) / 2 + (left + right) / 2;
  const shift =
    random.uniform() < 0.5
      ? undefined
      : ([0, (random.uniform() < 0.5 ? -1 : 1) * between(random, 9, 11)] as const);
  const [x, y] = [cx + u * c - printV * s, cy + u * s + printV * c];
  const [halfWidth, halfHeight] = [
    (right - left) / 2 + 1.5,
    (ROWS * DOT) / 2 + (shift === undefined ? 1.5 : 12),
  ];
  return {
    box: [x - halfWidth - 4, y - halfHeight - 6, x + halfWidth + 4, y + halfHeight + 6],
    distance: (px, py) =>
      boxDistance((px - x) * c + (py - y) * s, (py - y) * c - (px - x) * s, halfWidth, halfHeight, 2),
    paint: (px, py, _depth, out) => shade(px, py, 1, out, shift),
  };
}

/** Coverage of the print at (u, v) from its centre: the dots, bilinear, cut at one half with an edge a pixel wide. */
function inkAt(u: number, v: number, pixel: number): number {
  const column = u / DOT + COLUMNS / 2 - 0.5;
  const row = v / DOT + ROWS / 2 - 0.5;
  if (column < -1 || row < -1 || column >= COLUMNS || row >= ROWS) return 0;
  const i = Math.floor(column);
  const j = Math.floor(row);
  const fx = column - i;
  const fy = row - j;
  const top = dot(i, j) * (1 - fx) + dot(i + 1, j) * fx;
  const bottom = dot(i, j + 1) * (1 - fx) + dot(i + 1, j + 1) * fx;
  return clamp01(0.5 + (top * (1 - fy) + bottom * fy - 0.5) * (DOT / pixel));
}

function dot(i: number, j: number): number {
  return i < 0 || j < 0 || i >= COLUMNS || j >= ROWS ? 0 : (DOTS[j * COLUMNS + i] as number);
}
