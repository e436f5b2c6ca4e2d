/**
 * Measures how fast a model scores image files: `pnpm --filter @mint/cli bench <model folder> <folder of images>`.
 * Prints file → decision one image at a time (p50, p95, warm), and images a second in batches of 8, as `mint predict`
 * and its `--batch-size 1` go through them, 200 images each; the first image or batch is left out.
 */
import { MintDetector } from '@mint/detector';
import { expandImages } from '../src/commands/predict/inputs.js';
import { percentile } from '../src/commands/predict/latency.js';
import { Predictor } from '../src/commands/predict/predictor.js';
import { useDevice } from '../src/devices/device.js';
import { takeAll } from '../src/scoring/queue.js';

const IMAGES = 200;
const BATCH = 8;

const [model = '', folder = ''] = process.argv.slice(2);
const progress = { say: (text: string) => console.error(text) };
await useDevice({ device: 'onnx' }, progress);
const detector = await MintDetector.load(model);
const there = await expandImages([folder]);
const images = Array.from({ length: IMAGES }, (_, i) => there.at(i % there.length)).flatMap(
  (image) => image ?? [],
);

/** Milliseconds of each turn. */
async function turns(batchSize: number): Promise<number[]> {
  const predictor = new Predictor(detector, { batchSize, strict: true }, progress);
  let at = 0;
  const take = async () => {
    const batch = images.slice(at, at + batchSize);
    at += batchSize;
    return batch.length === 0 ? undefined : predictor.read(batch);
  };
  const times: number[] = [];
  let last = performance.now();
  for await (const reading of takeAll(take, batchSize > 1)) {
    await predictor.rows(reading);
    times.push(performance.now() - last);
    last = performance.now();
  }
  return times.slice(1);
}

const singles = await turns(1);
const batches = await turns(BATCH);
const total = batches.reduce((sum, ms) => sum + ms, 0);
const ms = (share: number) => percentile(singles, share).toFixed(1);
console.log(
  JSON.stringify({
    'file to decision, ms': { p50: ms(0.5), p95: ms(0.95) },
    'images a second, batches of 8': ((batches.length * BATCH * 1000) / total).toFixed(1),
    'a batch, ms': { p50: percentile(batches, 0.5).toFixed(0), p95: percentile(batches, 0.95).toFixed(0) },
  }),
);
detector.dispose();
