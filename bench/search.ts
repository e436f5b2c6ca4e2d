/**
 * Compares training settings without test images: each is trained on the same images, and its score is how well it separates
 * held-out good images from copies of them with synthetic anomalies (mean image AUROC over classes).
 *
 *     pnpm --filter bench search <folder | procedural> <weights | -> '<json of settings>' ['<json>' …]
 *
 * A setting is `{ "train": {…}, "detector": {…} }`, laid over the `cpu` preset and the full-size configuration.
 */
import { join } from 'node:path';
import { loadMvtec, proceduralDataset, type Sample } from '@mint/data';
import { type DetectorConfig, type MintDetector, PAPER_CONFIG, predictBatch } from '@mint/detector';
import { auroc } from '@mint/metrics';
import { type FeatureCache, featureBatches, loadBackbone, PRESETS, trainDetector } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';
import { withAnomalies } from './synthetic-anomalies.js';

const [root = '', weightFile = '-', ...settings] = process.argv.slice(2);
await tf.setBackend('onnx');
const dataset = root === 'procedural' ? proceduralDataset() : await loadMvtec(root);
const { backbone, weights } = await loadBackbone(weightFile === '-' ? undefined : weightFile);

for (const text of settings) {
  const setting = JSON.parse(text);
  const config: DetectorConfig = {
    ...PAPER_CONFIG,
    classes: dataset.classes,
    backbone,
    featureScaling: 'standardise',
    seed: 0,
    ...setting.detector,
  };
  let last = 0;
  const { detector, cache, images, seconds } = await trainDetector(
    {
      dataset,
      detector: config,
      weights,
      train: { ...PRESETS.cpu.train, seed: 0, ...setting.train },
      cache: join(process.env.MINT_CACHE ?? 'runs', 'feature-cache'),
    },
    {
      onStep: ({ step, mse, loss, ms }) => {
        last = mse;
        if (step % 50 === 0 && process.env.VERBOSE)
          console.error(step, loss.toFixed(4), mse.toFixed(4), Math.round(ms));
      },
    },
  );
  const tests = [...images.heldOut, ...(await withAnomalies(images.heldOut, config))];
  const perClass = await scoreByClass(detector, cache, tests);
  detector.dispose();
  const values = Object.values(perClass);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const rounded = Object.fromEntries(
    Object.entries(perClass).map(([name, value]) => [name, Number(value.toFixed(3))]),
  );
  console.log(
    JSON.stringify({
      setting,
      seconds: Math.round(seconds),
      mse: Number(last.toFixed(4)),
      mean: Number(mean.toFixed(4)),
      perClass: rounded,
    }),
  );
}

/** Image AUROC of each class. */
async function scoreByClass(
  detector: MintDetector,
  cache: FeatureCache,
  samples: readonly Sample[],
): Promise<Record<string, number>> {
  const groups = new Map<string, { scores: number[]; labels: number[] }>();
  for await (const batch of featureBatches(detector, cache, samples)) {
    const predictions = await predictBatch(detector, batch);
    batch.samples.forEach(({ className, label }, i) => {
      const group = groups.get(className) ?? { scores: [], labels: [] };
      group.scores.push(predictions[i]?.score ?? Number.NaN);
      group.labels.push(label === 'anomalous' ? 1 : 0);
      groups.set(className, group);
    });
  }
  return Object.fromEntries([...groups].map(([name, { scores, labels }]) => [name, auroc(scores, labels)]));
}
