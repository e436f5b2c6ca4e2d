// All four pixel metrics of one MVTec-sized class, 83 maps of 224×224 (4.16 million pixels), one thread.
//   node --conditions=@mint/source --import tsx bench/pixel.ts
import { cpus } from 'node:os';
import { Random } from '@mint/internal';
import { pixelMetrics } from '../src/index.js';

const SIZE = { width: 224, height: 224 };
const PICTURES = 83;
const PIXELS = SIZE.width * SIZE.height;

/** Smooth noise with a brighter ellipse in three of four pictures; the ellipse is the mask. */
function drawMaps(round: (score: number) => number): { maps: Float32Array; masks: Uint8Array } {
  const random = new Random(0);
  const maps = new Float32Array(PICTURES * PIXELS);
  const masks = new Uint8Array(PICTURES * PIXELS);
  for (let picture = 0; picture < PICTURES; picture++) {
    const [cx, cy, rx, ry] = [random.int(224), random.int(224), 4 + random.int(30), 4 + random.int(30)];
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const [x, y] = [pixel % SIZE.width, Math.floor(pixel / SIZE.width)];
      const distance = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
      const defective = picture % 4 !== 0 && distance < 1;
      masks[picture * PIXELS + pixel] = Number(defective);
      maps[picture * PIXELS + pixel] = round(2 + 0.3 * random.normal() + (defective ? 1 - distance : 0));
    }
  }
  return { maps, masks };
}

console.log(`${cpus()[0]?.model}, Node ${process.version}, ${PICTURES} maps of ${SIZE.width}x${SIZE.height}`);
for (const [name, round] of [
  ['distinct scores', (score: number) => score],
  ['heavy ties', (score: number) => Math.round(100 * score) / 100],
] as const) {
  const { maps, masks } = drawMaps(round);
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    pixelMetrics(maps, masks, SIZE);
    return performance.now() - start;
  });
  const sorted = [...times].sort((a, b) => a - b);
  const ms = (time = Number.NaN) => `${time.toFixed(0)} ms`;
  console.log(`${name}: median ${ms(sorted[3])}, best ${ms(sorted[0])}, first call ${ms(times[0])}`);
}
