import type { RenderedSample } from '@mint/image';
import { deriveSeed, Random } from '@mint/internal';
import { between, type Colour, coverage, type Defect, type Scene, SIDE } from './scene.js';

/** A scene and the defects it can have. */
export type Recipe = (random: Random) => {
  scene: Scene;
  defects: Readonly<Record<string, (random: Random) => Defect>>;
};

interface Image {
  readonly recipe: Recipe;
  readonly seed: number;
  /** Side in pixels. */
  readonly size: number;
  readonly defect?: string | undefined;
}

/** Renders one image. The same seed without `defect` gives its flawless twin, equal wherever the mask is 0. */
export function renderImage({ recipe, seed, size, defect }: Image): RenderedSample {
  const { scene, defects } = recipe(new Random(deriveSeed(seed, 'scene')));
  const flaw = defect === undefined ? undefined : defects[defect]?.(new Random(deriveSeed(seed, 'defect')));
  // A stray fibre may lie across the edge; every other defect is part of the product.
  const onBody = defect !== 'fibre' && defect !== 'missing';
  const camera = new Random(deriveSeed(seed, 'camera'));
  const gain = between(camera, 0.94, 1.06);
  const [tiltX, tiltY] = [between(camera, -0.05, 0.05), between(camera, -0.05, 0.05)];
  const grain = between(camera, 0.018, 0.028);
  const pixel = SIDE / size;
  const pixels = new Uint8Array(size * size * 3);
  const mask = flaw === undefined ? undefined : new Uint8Array(size * size);
  const [left, top, right, bottom] = flaw?.box ?? [0, 0, 0, 0];
  const colour: Colour = { r: 0, g: 0, b: 0 };
  for (let row = 0, i = 0; row < size; row++) {
    const y = (row + 0.5) * pixel;
    for (let column = 0; column < size; column++, i++) {
      const x = (column + 0.5) * pixel;
      scene.shade(x, y, pixel, colour);
      if (flaw !== undefined && mask !== undefined && x > left && x < right && y > top && y < bottom) {
        const inside = flaw.distance(x, y);
        const d = onBody ? Math.max(inside, scene.body(x, y)) : inside;
        const alpha = coverage(d, pixel);
        if (alpha > 0) {
          const { r, g, b } = colour;
          flaw.paint(x, y, -d, colour);
          colour.r = r + (colour.r - r) * alpha;
          colour.g = g + (colour.g - g) * alpha;
          colour.b = b + (colour.b - b) * alpha;
          mask[i] = 1;
        }
      }
      const light = gain + tiltX * (x / SIDE - 0.5) + tiltY * (y / SIDE - 0.5);
      // The sum of four bytes is nearly normal.
      const word = camera.uint32();
      const bytes = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
      const noise = grain * (bytes / 510 - 1);
      pixels[3 * i] = toByte(colour.r * light + noise);
      pixels[3 * i + 1] = toByte(colour.g * light + noise);
      pixels[3 * i + 2] = toByte(colour.b * light + noise);
    }
  }
  const image = { width: size, height: size, data: pixels };
  return { image, mask: mask && { width: size, height: size, data: mask } };
}

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 1 ? 255 : (value * 255 + 0.5) | 0;
}
