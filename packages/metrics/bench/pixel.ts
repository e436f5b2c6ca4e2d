// All four pixel metrics of one MVTec-sized class, 83 maps of 224×224 (4.16 million pixels), one thread.
//   node --conditions=@mint/source --import tsx bench/pixel.ts
import { cpus } from 'node:os';
import { pixelMetrics } from '../src/index.js';
import { drawMaps, SIZE } from './draw.js';

const IMAGES = 83;

console.log(`${cpus()[0]?.model}, Node ${process.version}, ${IMAGES} maps of ${SIZE.width}x${SIZE.height}`);
for (const [name, round] of [
  ['distinct scores', (score: number) => score],
  ['heavy ties', (score: number) => Math.round(100 * score) / 100],
] as const) {
  const { maps, masks } = drawMaps(IMAGES, 0, round);
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    pixelMetrics(maps, masks, SIZE);
    return performance.now() - start;
  });
  const sorted = [...times].sort((a, b) => a - b);
  const ms = (time = Number.NaN) => `${time.toFixed(0)} ms`;
  console.log(`${name}: median ${ms(sorted[3])}, best ${ms(sorted[0])}, first call ${ms(times[0])}`);
}
