// Copies a model folder and some test images of the procedural data set to where the page looks for them.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import '@mint/backend-onnx';
import { proceduralDataset, readSample } from '@mint/data';
import { MintDetector } from '@mint/detector';
import * as tf from '@tensorflow/tfjs-core';
import { encode } from 'fast-png';

const { values } = parseArgs({
  options: { model: { type: 'string', default: '../../runs/quickstart/model' } },
});
const folder = (name: string) => fileURLToPath(new URL(`../public/${name}`, import.meta.url));

await tf.setBackend('onnx');
const detector = await MintDetector.load(values.model);
await detector.save(folder('model'));

const dataset = proceduralDataset();
const test = dataset.samples.filter(({ split }) => split === 'test');
// For each class the first good image, and the first image of two kinds of defects.
const chosen = dataset.classes.flatMap((className) => {
  const ofClass = test.filter((sample) => sample.className === className);
  const kinds = [undefined, ...new Set(ofClass.flatMap(({ defect }) => defect ?? []))].slice(0, 3);
  return kinds.flatMap((kind) => ofClass.find(({ defect }) => defect === kind) ?? []);
});
await mkdir(folder('samples'), { recursive: true });
for (const sample of chosen) {
  const { image } = await readSample(sample);
  await writeFile(`${folder('samples')}/${fileOf(sample)}`, encode({ ...image, channels: 3, depth: 8 }));
}
await writeFile(
  `${folder('samples')}/index.json`,
  JSON.stringify(
    chosen.map((sample) => ({
      file: fileOf(sample),
      className: sample.className,
      defect: sample.defect ?? 'good',
    })),
  ),
);
console.log(`public/model: ${detector.config.classes.join(', ')}; public/samples: ${chosen.length} images`);

function fileOf({ className, defect = 'good' }: (typeof chosen)[number]): string {
  return `${className}-${defect}.png`;
}
