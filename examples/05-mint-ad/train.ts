// Trains one model for all classes of a data set on good images, and saves it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEfficientNetWeights } from '@mint/backbone';
import { splitHoldout } from '@mint/data';
import { MintDetector, PAPER_CONFIG } from '@mint/detector';
import { cacheFeatures, calibrate, featureCacheOf, train } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients
import '@mint/backend-onnx';
import { config } from './config.js';
import { flags, loadData } from './data.js';

await tf.setBackend('onnx');
const dataset = await loadData();

// 1. A frozen backbone: EfficientNet-B4 when there are weights, scattering otherwise.
const { backbone, weights } =
  flags.weights === undefined
    ? { backbone: { kind: 'scattering' } as const, weights: {} }
    : {
        backbone: PAPER_CONFIG.backbone,
        weights: readEfficientNetWeights(await readFile(flags.weights), PAPER_CONFIG.backbone, flags.weights),
      };
const blank = MintDetector.create(
  { ...config.detector, classes: dataset.classes, backbone },
  { backbone: weights },
);

// 2. Good training images, some of them kept out for calibration; their features are computed once.
const good = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
const { fit, holdout } = splitHoldout(good, config.train.holdout, config.train.seed);
const cache = featureCacheOf(join(config.out, 'feature-cache'), blank);
console.log(`${dataset.name}: ${fit.length} images to learn from, ${holdout.length} held out`);
const samples = await cacheFeatures(blank, cache, fit);

// 3. Training: L_MSE + L_CE + L_Prior, a checkpoint each epoch.
const { detector, steps } = await train(blank, {
  cache,
  samples,
  config: config.train,
  runFolder: config.out,
  onStep: ({ step, steps, mse, ce, prior, ms }) => {
    if (step % 20 === 0 || step === 1) {
      const losses = `L_MSE ${mse.toFixed(3)}  L_CE ${ce?.toFixed(3) ?? '-'}  L_Prior ${prior?.toFixed(3) ?? '-'}`;
      console.log(`step ${step}/${steps}  ${losses}  ${ms.toFixed(0)} ms`);
    }
  },
});

// 4. Scores of the held-out good images fix the scale of the heat maps; test images are never asked.
const calibration = await calibrate(detector, cache, holdout);
const folder = join(config.out, 'model');
await MintDetector.fromState({
  ...detector.toState(),
  calibration,
  provenance: { dataset: dataset.name, steps, seed: config.train.seed },
}).save(folder);
console.log(`${folder}: now run \`npx pnpm --filter @examples/mint-ad evaluate\` with the same flags`);
