import { assertInt, deriveSeed, MintError, Random } from '@mint/internal';
import { scratch } from './procedural/defects.js';
import { mix, sine } from './procedural/maths.js';
import { valueNoise } from './procedural/noise.js';
import { between, coverage, type Rgb } from './procedural/scene.js';
import type { Mask, RgbImage } from './types.js';

export interface SyntheticAnomaly {
  readonly image: RgbImage;
  /** 1 where the picture was changed; some pixel always is. */
  readonly mask: Mask;
  readonly kind: 'texture' | 'cutpaste' | 'scratch';
}

/** How much of a pixel is replaced (0 to 1), and by which colour (0 to 255). */
interface Overlay {
  readonly alpha: (x: number, y: number) => number;
  readonly colour: (x: number, y: number, channel: 0 | 1 | 2) => number;
}

/**
 * Puts one made-up defect on a normal picture, so that hyper-parameters can be chosen without defective pictures and
 * without the test set. The kind is drawn: `texture` (a noise-shaped patch of another texture, after DRAEM), `cutpaste`
 * (a rectangle of the picture moved elsewhere, after CutPaste), `scratch` (a thin line).
 *
 * @param image - Not changed; at least 16 pixels on each side.
 * @param seed - Equal seeds give equal results on every machine.
 * @throws MintError `INVALID_ARGUMENT` for a picture under 16 pixels or a seed that is no integer.
 * @see Zavrtanik et al., "DRAEM", ICCV 2021; Li et al., "CutPaste", CVPR 2021. Textures are our own noise, no data set.
 */
export function syntheticAnomaly(image: RgbImage, seed: number): SyntheticAnomaly {
  const { width, height, data } = image;
  if (Math.min(width, height) < 16) {
    throw new MintError(
      'INVALID_ARGUMENT',
      `syntheticAnomaly: needs at least 16x16 pixels, got ${width}x${height}.`,
    );
  }
  assertInt('syntheticAnomaly', 'seed', seed, Number.MIN_SAFE_INTEGER);
  const random = new Random(deriveSeed(seed, 'synthetic'));
  const kind = (['texture', 'cutpaste', 'scratch'] as const)[random.int(3)] ?? 'texture';
  const { alpha, colour } = OVERLAYS[kind](image, random);
  const result = Uint8Array.from(data);
  const mask = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const a = alpha(x, y);
      if (a === 0) continue;
      for (const c of [0, 1, 2] as const) {
        const old = data[3 * i + c] as number;
        const value = Math.floor(mix(old, Math.min(255, Math.max(0, colour(x, y, c))), a) + 0.5);
        if (value !== old) mask[i] = 1;
        result[3 * i + c] = value;
      }
    }
  }
  // A patch can by chance equal what it covers.
  if (!mask.includes(1)) return syntheticAnomaly(image, deriveSeed(seed, 'again'));
  return { image: { width, height, data: result }, mask: { width, height, data: mask }, kind };
}

const OVERLAYS: Readonly<Record<SyntheticAnomaly['kind'], (image: RgbImage, random: Random) => Overlay>> = {
  texture(image, random) {
    const { width, height } = image;
    const side = Math.min(width, height);
    const reach = between(random, 0.06, 0.16) * side;
    const [cx, cy] = [between(random, reach, width - reach), between(random, reach, height - reach)];
    const shape = valueNoise(random);
    const pattern = valueNoise(random);
    const dark = contrast(meanColour(image), random);
    const light = dark.map((value) => (value < 128 ? value + 70 : value - 70));
    const cell = between(random, 0.02, 0.05) * side;
    const stripes = between(random, 0, 0.6);
    const opacity = between(random, 0.6, 1);
    return {
      alpha(x, y) {
        const r = Math.sqrt((x - cx) ** 2 + (y - cy) ** 2) / reach;
        return r > 1.5 ? 0 : r + 0.7 * shape((2 * x) / reach, (2 * y) / reach) < 0.8 ? opacity : 0;
      },
      colour(x, y, channel) {
        const wave =
          0.5 + 0.5 * ((1 - stripes) * pattern(x / cell, y / cell) + stripes * sine((x + y) / (3 * cell)));
        return mix(dark[channel] as number, light[channel] as number, wave);
      },
    };
  },
  cutpaste(image, random) {
    const { width, height, data } = image;
    const cutWidth = Math.max(4, Math.floor(between(random, 0.06, 0.22) * width));
    const cutHeight = Math.max(4, Math.floor(between(random, 0.06, 0.22) * height));
    const [toX, toY] = [random.int(width - cutWidth + 1), random.int(height - cutHeight + 1)];
    const [fromX, fromY] = [random.int(width - cutWidth + 1), random.int(height - cutHeight + 1)];
    // A change of brightness keeps the patch visible on a picture that looks the same everywhere.
    const lift = (random.uniform() < 0.5 ? -1 : 1) * between(random, 12, 40);
    const level = meanColour(image).reduce((sum, value) => sum + value / 3, 0);
    const shift = (level < 50 && lift < 0) || (level > 205 && lift > 0) ? -lift : lift;
    return {
      alpha: (x, y) => (x >= toX && x < toX + cutWidth && y >= toY && y < toY + cutHeight ? 1 : 0),
      colour: (x, y, channel) =>
        (data[3 * ((y - toY + fromY) * width + x - toX + fromX) + channel] as number) + shift,
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
    // On small pictures the line keeps the width of a pixel.
    const least = Math.max(0, 0.7 - unit);
    return {
      alpha: (x, y) => coverage(unit * line.distance((x + 0.5) / unit, (y + 0.5) / unit) - least, 1),
      colour: (_x, _y, channel) => ink[channel],
    };
  },
};

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
