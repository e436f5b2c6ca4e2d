import { Random } from '@mint/internal';

export const SIZE = { width: 224, height: 224 };
export const PIXELS = SIZE.width * SIZE.height;

/** Noise with a brighter ellipse, which is the mask, in three of four images. */
export function drawMaps(
  images: number,
  seed = 0,
  round = (score: number) => score,
): { maps: Float32Array; masks: Uint8Array } {
  const random = new Random(seed);
  const maps = new Float32Array(images * PIXELS);
  const masks = new Uint8Array(images * PIXELS);
  for (let image = 0; image < images; image++) {
    const [cx, cy, rx, ry] = [random.int(224), random.int(224), 4 + random.int(30), 4 + random.int(30)];
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const [x, y] = [pixel % SIZE.width, Math.floor(pixel / SIZE.width)];
      const distance = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
      const defective = image % 4 !== 0 && distance < 1;
      masks[image * PIXELS + pixel] = Number(defective);
      maps[image * PIXELS + pixel] = round(2 + 0.3 * random.normal() + (defective ? 1 - distance : 0));
    }
  }
  return { maps, masks };
}

/** Shortest of some runs, in seconds. */
export function shortest(runs: number, work: () => void): number {
  return Math.min(
    ...Array.from({ length: runs }, () => {
      const start = performance.now();
      work();
      return (performance.now() - start) / 1000;
    }),
  );
}
