// Finds the batch size that suits the device, then trains with it.
import { startDevice, stepsPerSecond, trainStudy } from '@examples/shared';
import { BATCH_SIZES, loadData, study } from './config.js';

await startDevice();
const [full] = study.settings;
if (full === undefined) throw new Error('the study has no setting.');
let best = { batchSize: 0, images: 0 };
for (const batchSize of BATCH_SIZES) {
  const steps = await stepsPerSecond(full, batchSize);
  const images = steps * batchSize;
  console.log(`batch ${batchSize}: ${steps.toFixed(2)} steps/s, ${images.toFixed(0)} images/s`);
  if (images < 1.1 * best.images) break;
  best = { batchSize, images };
}
// A larger batch makes fewer, less noisy steps: the learning rate grows with its square root (our decision).
const learningRate = full.train.learningRate * Math.sqrt(best.batchSize / full.train.batchSize);
const train = { ...full.train, batchSize: best.batchSize, learningRate };
console.log(`training with batches of ${best.batchSize}, learning rate ${learningRate.toExponential(1)}`);
await trainStudy({ ...study, settings: [{ ...full, train }] }, await loadData());
