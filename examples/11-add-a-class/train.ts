// Trains a detector on seven classes, then adds the eighth to it from good images, without training anew.
import { join } from 'node:path';
import type { Sample } from '@mint/data';
import { splitHoldout } from '@mint/data';
import { MintDetector } from '@mint/detector';
import { addClass, cacheFeatures, calibrate, featureCacheOf, train } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients
import '@mint/backend-onnx';
import { config, dataset, newClass, oldClasses } from './config.js';

await tf.setBackend('onnx');
const { seed, holdout: share } = config.train;
const good = dataset.samples.filter(({ split, label }) => split === 'train' && label === 'normal');
const goodOf = (keep: (className: string) => boolean): Sample[] =>
  good.filter(({ className }) => keep(className));

// 1. The detector that is in use: seven classes, with limits.
const blank = MintDetector.create(config.detector);
const cache = featureCacheOf(join(config.out, 'feature-cache'), blank);
const old = splitHoldout(
  goodOf((name) => oldClasses.includes(name)),
  share,
  seed,
);
const { detector } = await train(blank, {
  cache,
  samples: await cacheFeatures(blank, cache, old.fit),
  config: config.train,
  onEpoch: ({ epoch, epochs, meanLoss }) =>
    console.log(`epoch ${epoch}/${epochs}  loss ${meanLoss.toFixed(3)}`),
});
const before = MintDetector.fromState({
  ...detector.toState(),
  calibration: await calibrate(detector, cache, old.holdout, config.alpha),
});
await before.save(join(config.out, 'before'));

// 2. The new class: an embedding, a mean feature, a whitening and limits of its own; nothing else changes.
const own = splitHoldout(
  goodOf((name) => name === newClass),
  share,
  seed,
);
const began = performance.now();
const {
  detector: after,
  heldOut,
  recognised,
} = await addClass(before, newClass, {
  cache,
  fit: await cacheFeatures(before, cache, own.fit),
  heldOut: own.holdout,
  config: config.fit,
});
await after.save(join(config.out, 'after'));
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(
  `${newClass} added in ${seconds} s; ${recognised} of ${heldOut} held-out images of it recognised`,
);
