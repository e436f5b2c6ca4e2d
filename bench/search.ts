/**
 * Compares training settings without test images: each is trained on the same images and judged by how well it
 * tells held-out normal images from copies of them with synthetic defects (mean image AUROC over classes).
 *
 *     pnpm --filter bench search <folder | procedural> <weights | -> '<json of settings>' ['<json>' …]
 *
 * A setting is `{ "train": {…}, "detector": {…} }`, laid over the `cpu` preset and the full-size configuration.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readEfficientNetWeights } from '@mint/backbone';
import { loadMvtec, proceduralDataset, splitHoldout } from '@mint/data';
import { type DetectorConfig, MintDetector, PAPER_CONFIG } from '@mint/detector';
import { readFileOf } from '@mint/internal/node';
import { auroc } from '@mint/metrics';
import { cacheFeatures, featureBatches, featureCacheOf, PRESETS, predictBatch, train } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';
import { spoiled } from './spoiled.js';

const [root = '', weights = '-', ...settings] = process.argv.slice(2);
await tf.setBackend('onnx');
const dataset = root === 'procedural' ? proceduralDataset() : await loadMvtec(root);
const backbone: DetectorConfig['backbone'] = weights === '-' ? { kind: 'scattering' } : PAPER_CONFIG.backbone;
const backboneWeights =
  weights === '-'
    ? {}
    : readEfficientNetWeights(await readFileOf('weights', weights), PAPER_CONFIG.backbone, weights);
const normals = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
const cacheFolder = join(process.env.MINT_CACHE ?? 'runs', 'feature-cache');
await mkdir(cacheFolder, { recursive: true });

for (const text of settings) {
  const setting = JSON.parse(text);
  const { config: trainConfig, detectorConfig } = {
    config: { ...PRESETS.cpu.train, seed: 0, ...setting.train },
    detectorConfig: {
      ...PAPER_CONFIG,
      classes: dataset.classes,
      backbone,
      featureScaling: 'standardise',
      seed: 0,
      ...setting.detector,
    } as DetectorConfig,
  };
  const { fit, holdout } = splitHoldout(normals, trainConfig.holdout, 0);
  const blank = MintDetector.create(detectorConfig, { backbone: backboneWeights });
  const cache = featureCacheOf(cacheFolder, blank);
  const samples = await cacheFeatures(blank, cache, fit);
  const judged = [...holdout, ...(await spoiled(holdout, detectorConfig))];
  const judge = async (detector: MintDetector) => {
    const scores = new Map<string, { scores: number[]; labels: number[] }>();
    for await (const batch of featureBatches(detector, cache, judged)) {
      const predictions = await predictBatch(detector, batch);
      batch.samples.forEach((sample, i) => {
        const entry = scores.get(sample.className) ?? { scores: [], labels: [] };
        entry.scores.push(predictions[i]?.score ?? Number.NaN);
        entry.labels.push(sample.label === 'anomalous' ? 1 : 0);
        scores.set(sample.className, entry);
      });
    }
    return Object.fromEntries([...scores].map(([name, { scores: s, labels }]) => [name, auroc(s, labels)]));
  };
  const began = performance.now();
  let last = 0;
  const { detector } = await train(blank, {
    cache,
    samples,
    config: trainConfig,
    onStep: ({ step, mse, loss, ms }) => {
      last = mse;
      if (step % 50 === 0 && process.env.VERBOSE)
        console.error(step, loss.toFixed(4), mse.toFixed(4), Math.round(ms));
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const perClass = await judge(detector);
  const mean = Object.values(perClass).reduce((sum, value) => sum + value, 0) / Object.keys(perClass).length;
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
  detector.dispose();
  blank.dispose();
}
