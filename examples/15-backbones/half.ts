// A trained model with its backbone in float32 and rounded to float16: does any decision on the test images change?
// npx pnpm --filter @examples/backbones half --model runs/parts/model --data parts
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { useDevice } from '@mint/cli';
import { loadDataset, prepareImage, readSample } from '@mint/data';
import { halfBackbone, MintDetector, predictPrepared, preprocessingOf } from '@mint/detector';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    classes: { type: 'string' },
    threads: { type: 'string' },
  },
});
const { model, data, classes, threads } = values;
if (model === undefined || data === undefined) throw new Error('half: give --model and --data.');
await useDevice(
  { device: 'onnx', threads: threads === undefined ? undefined : Number(threads) },
  { say: console.error },
);

const full = await MintDetector.load(model);
const half = MintDetector.fromState(halfBackbone(full.toState()));
const { samples } = await loadDataset(data, { classes: classes?.split(',') });
let [images, changed, furthest] = [0, 0, 0];
for (const sample of samples.filter(({ split }) => split === 'test')) {
  const prepared = prepareImage(await readSample(sample), preprocessingOf(full.config));
  const [wide, narrow] = [await predictPrepared(full, prepared), await predictPrepared(half, prepared)];
  images += 1;
  furthest = Math.max(furthest, Math.abs(narrow.score - wide.score) / wide.score);
  const [before, after] = [full.decide(wide).decision, half.decide(narrow).decision];
  if (before === after) continue;
  changed += 1;
  console.log(`${sample.id}: ${before}, with float16 ${after}; scores ${wide.score} and ${narrow.score}`);
}
console.log(`${changed} of ${images} decisions changed; furthest score: ${(100 * furthest).toFixed(3)} %`);

const bytesOf = async (detector: MintDetector): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'mint-half-'));
  await detector.save(folder);
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  await rm(folder, { recursive: true });
  return sizes.reduce((sum, size) => sum + size, 0);
};
const [before, after] = [await bytesOf(full), await bytesOf(half)];
console.log(`model folder: ${(before / 1e6).toFixed(1)} MB, with float16 ${(after / 1e6).toFixed(1)} MB`);
