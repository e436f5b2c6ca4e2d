// A billion pixels through PixelMetricsStream: peak memory, time, and the error bounds; then the true error at a size
// that can be computed exactly.
//   node --conditions=@mint/source --import tsx bench/stream.ts [million pixels, default 1000]
import { cpus } from 'node:os';
import { PixelMetricsStream, pixelMetrics } from '../src/index.js';
import { drawMaps, PIXELS, SIZE } from './draw.js';

const BATCH = 40;
const target = Number(process.argv[2] ?? 1000) * 1e6;
const rss = () => `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`;

const drawn = drawMaps(BATCH);
const batch = new Float32Array(drawn.maps.length);
/** The drawn images, brighter by up to a tenth, so that scores do not repeat. */
function brighter(k: number): Float32Array {
  const factor = 1 + ((k * 0.6180339887) % 1) / 10;
  for (let i = 0; i < batch.length; i++) batch[i] = (drawn.maps[i] as number) * factor;
  return batch;
}

console.log(`${cpus()[0]?.model}, Node ${process.version}; peak memory before: ${rss()}`);
const stream = new PixelMetricsStream(SIZE);
const start = performance.now();
let pixels = 0;
for (let k = 0; pixels < target; k++, pixels += batch.length) stream.update(brighter(k), drawn.masks);
const metrics = stream.compute();
const time = (performance.now() - start) / 1000;
console.log(
  `${(metrics.pixels / 1e6).toFixed(0)} million pixels in ${time.toFixed(1)} s, peak memory ${rss()}`,
);
for (const [name, bounded] of Object.entries(metrics)) {
  if (typeof bounded === 'object')
    console.log(`${name.padEnd(8)} ${bounded.value.toFixed(6)} ± ${bounded.error.toExponential(1)}`);
}

const small = { maps: new Float32Array(5 * batch.length), masks: new Uint8Array(5 * batch.length) };
const binned = new PixelMetricsStream(SIZE, { exactPixels: 0 });
for (let k = 0; k < 5; k++) {
  binned.update(brighter(k), drawn.masks);
  small.maps.set(batch, k * batch.length);
  small.masks.set(drawn.masks, k * batch.length);
}
const exact = pixelMetrics(small.maps, small.masks, SIZE);
console.log(`${((5 * BATCH * PIXELS) / 1e6).toFixed(0)} million pixels in bins: true error and bound`);
const got = binned.compute();
for (const name of ['auroc', 'ap', 'f1Max', 'iouMax', 'auPro'] as const) {
  const { value, error } = got[name];
  console.log(
    `${name.padEnd(8)} ${Math.abs(value - exact[name]).toExponential(1)}  ${error.toExponential(1)}`,
  );
}
