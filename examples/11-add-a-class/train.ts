// Trains a detector on seven classes, then adds the eighth to it from good images, without another training.
import { join } from 'node:path';
import { extendDetector, trainDetector } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients
import '@mint/backend-onnx';
import { config, dataset, newClass, oldClasses } from './config.js';

await tf.setBackend('onnx');

// 1. The detector that is in use: seven classes, with thresholds.
const { detector: before, cache } = await trainDetector(
  {
    dataset: {
      ...dataset,
      classes: oldClasses,
      samples: dataset.samples.filter(({ className }) => className !== newClass),
    },
    detector: config.detector,
    train: config.train,
    alpha: config.alpha,
    cache: join(config.out, 'feature-cache'),
  },
  {
    onEpoch: ({ epoch, epochs, meanLoss }) =>
      console.log(`epoch ${epoch}/${epochs}  loss ${meanLoss.toFixed(3)}`),
  },
);
await before.save(join(config.out, 'before'));

// 2. The new class: an embedding, a mean feature, a whitening and thresholds of its own; nothing else changes.
const good = dataset.samples.filter(
  ({ split, label, className }) => split === 'train' && label === 'normal' && className === newClass,
);
const added = await extendDetector(before, newClass, good, { cache, seed: config.train.seed });
await added.detector.save(join(config.out, 'after'));
console.log(
  `${newClass} added in ${added.seconds.toFixed(1)} s; ${added.recognised} of ${added.heldOut} held-out images of it recognised`,
);
