import type { RgbImage } from '@mint/image';
import type { Random } from '@mint/internal';
import { fromHsv } from '../procedural/colour.js';
import { scratch } from '../procedural/defects.js';
import { gradientNoise } from '../procedural/noise.js';
import { between, type Colour, coverage, type Rgb, SIDE } from '../procedural/scene.js';
import { designSurface, surface } from '../procedural/surface.js';
import { poissonBlend } from './poisson.js';

/** The kinds of anomalies that {@link syntheticAnomaly} can make. */
export const SYNTHETIC_KINDS = ['texture', 'cutpaste', 'structural', 'scratch'] as const;
/** One of {@link SYNTHETIC_KINDS}. */
export type SyntheticKind = (typeof SYNTHETIC_KINDS)[number];

/** How much of a pixel is replaced (0 to 1), and by which colour (0 to 255). */
export interface Overlay {
  readonly alpha: (x: number, y: number) => number;
  readonly colour: (x: number, y: number, channel: 0 | 1 | 2) => number;
}

/** Draws an anomaly of a kind for an image. */
export const OVERLAYS: Readonly<Record<SyntheticKind, (image: RgbImage, random: Random) => Overlay>> = {
  texture(image, random) {
    const { width, height } = image;
    const unit = Math.min(width, height) / SIDE;
    const noise = gradientNoise(random);
    const cell = between(random, 20, 60) * unit;
    const field = Float64Array.from({ length: width * height }, (_, i) =>
      noise((i % width) / cell, Math.floor(i / width) / cell),
    );
    // The highest values of the noise, so that the spots together have the drawn share.
    const share = between(random, 0.01, 0.1);
    const threshold = field.toSorted()[Math.floor((1 - share) * (field.length - 1))] as number;
    const hue = random.uniform();
    const colours = {
      colour: fromHsv(hue, between(random, 0, 0.7), between(random, 0.3, 1)),
      second: fromHsv(hue + between(random, 0.2, 0.8), between(random, 0, 0.7), between(random, 0.2, 0.9)),
    };
    const scene = surface(random, designSurface(random.int(40), random, colours), 1);
    const opacity = between(random, 0.3, 1);
    const seen: Colour = { r: 0, g: 0, b: 0 };
    return {
      alpha: (x, y) => ((field[y * width + x] as number) > threshold ? opacity : 0),
      colour(x, y, channel) {
        // Channels are asked for in order; the surface gives all three at once.
        if (channel === 0) scene.shade((x + 0.5) / unit, (y + 0.5) / unit, 1 / unit, seen);
        return 255 * (channel === 0 ? seen.r : channel === 1 ? seen.g : seen.b);
      },
    };
  },
  cutpaste(image, random) {
    const { width, data } = image;
    const { size, from, to } = drawMove(image, random);
    // A change of brightness keeps the patch visible on an image that looks the same everywhere.
    const lift = (random.uniform() < 0.5 ? -1 : 1) * between(random, 12, 40);
    const level = meanColour(image).reduce((sum, value) => sum + value / 3, 0);
    const shift = (level < 50 && lift < 0) || (level > 205 && lift > 0) ? -lift : lift;
    return {
      alpha: (x, y) => (x >= to.x && x < to.x + size.x && y >= to.y && y < to.y + size.y ? 1 : 0),
      colour: (x, y, channel) =>
        (data[3 * ((y - to.y + from.y) * width + x - to.x + from.x) + channel] as number) + shift,
    };
  },
  structural(image, random) {
    const { width, data } = image;
    const { size, from, to } = drawMove(image, random);
    const cut = ({ x, y }: Point, channel: number) =>
      Float64Array.from({ length: size.x * size.y }, (_, i) => {
        const [column, row] = [x + (i % size.x), y + Math.floor(i / size.x)];
        return data[3 * (row * width + column) + channel] as number;
      });
    const blended = [0, 1, 2].map((channel) =>
      poissonBlend(cut(from, channel), cut(to, channel), size.x, size.y),
    );
    return {
      alpha: (x, y) => (x >= to.x && x < to.x + size.x && y >= to.y && y < to.y + size.y ? 1 : 0),
      colour: (x, y, channel) => blended[channel]?.[(y - to.y) * size.x + x - to.x] ?? 0,
    };
  },
  scratch(image, random) {
    const { width, height } = image;
    const unit = Math.min(width, height) / 224;
    const place = {
      x: between(random, 0.25, 0.75) * (width / unit),
      y: between(random, 0.25, 0.75) * (height / unit),
      turn: random.uniform(),
    };
    const ink = contrast(meanColour(image), random);
    const line = scratch(random, place, [0, 0, 0]);
    // On small images the line keeps the width of a pixel.
    const least = Math.max(0, 0.7 - unit);
    return {
      alpha: (x, y) => coverage(unit * line.distance((x + 0.5) / unit, (y + 0.5) / unit) - least, 1),
      colour: (_x, _y, channel) => ink[channel],
    };
  },
};

type Point = { readonly x: number; readonly y: number };

/** Draws a rectangle of the image and its target: sides from 6 to 22 % of the image's, in pixels. */
function drawMove({ width, height }: RgbImage, random: Random): { size: Point; from: Point; to: Point } {
  const size = {
    x: Math.max(4, Math.floor(between(random, 0.06, 0.22) * width)),
    y: Math.max(4, Math.floor(between(random, 0.06, 0.22) * height)),
  };
  const place = () => ({ x: random.int(width - size.x + 1), y: random.int(height - size.y + 1) });
  return { size, to: place(), from: place() };
}

function meanColour({ width, height, data }: RgbImage): Rgb {
  const sums: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    sums[0] += data[i] as number;
    sums[1] += data[i + 1] as number;
    sums[2] += data[i + 2] as number;
  }
  const count = width * height;
  return [sums[0] / count, sums[1] / count, sums[2] / count];
}

/** A random colour at least 60 grey levels away from `mean` in each channel. */
function contrast(mean: Rgb, random: Random): Rgb {
  const away = (value: number) => {
    const up = value < 100 || (value < 155 && random.uniform() < 0.5);
    return up ? between(random, value + 60, 255) : between(random, 0, value - 60);
  };
  return [away(mean[0]), away(mean[1]), away(mean[2])];
}
