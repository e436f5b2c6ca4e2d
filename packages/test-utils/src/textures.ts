import { deriveSeed, Random } from '@mint/internal';
import { tinyConfig } from './tiny-config.js';

const CLASSES = ['nut', 'bolt'] as const;
/** Channels of the features of {@link tiledConfig}. */
const CHANNELS = 19;
const tiny = tinyConfig(CLASSES);

/** A tiny configuration for images of any size: 48 x 32 pixels, larger ones in tiles. */
export const tiledConfig = {
  ...tiny,
  input: { ...tiny.input, width: 48, tiles: 'auto' },
  grid: [2, 3],
} as const;

/** Weights and statistics for a detector of {@link tiledConfig} that a training would measure, drawn at random. */
export function plausibleParts() {
  const random = new Random(3);
  const values = (n: number, low: number) => Float32Array.from({ length: n }, () => low + random.uniform());
  return {
    featureStd: values(CHANNELS, 0.1),
    whitening: values(CHANNELS * CHANNELS, -0.5),
    classStats: { means: values(CLASSES.length * CHANNELS, 0), std: values(CHANNELS, 0.1) },
  };
}

/**
 * An image of a class of {@link tiledConfig}: waves whose direction is the class, noise, and soft shadows some eight pixels wide,
 * about one in 30 x 25 pixels.
 */
export function texture(className: string, width: number, height: number, seed: number) {
  const random = new Random(deriveSeed(seed, className));
  const phase = 7 * random.uniform();
  const shade = new Float32Array(width * height);
  for (let n = 0; n < (width * height) / 750; n++) {
    const [cx, cy, depth] = [random.int(width), random.int(height), 20 + 40 * random.uniform()];
    for (let y = Math.max(0, cy - 9); y < Math.min(height, cy + 10); y++) {
      for (let x = Math.max(0, cx - 9); x < Math.min(width, cx + 10); x++) {
        const at = y * width + x;
        shade[at] = (shade[at] as number) + depth * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 18);
      }
    }
  }
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = Math.sin((className === 'nut' ? x : y) / 3 + phase);
      const level = 190 + 30 * wave - Math.min(120, shade[y * width + x] as number);
      for (let c = 0; c < 3; c++, i++) data[i] = level + 12 * (random.uniform() - 0.5);
    }
  }
  return { width, height, data };
}
