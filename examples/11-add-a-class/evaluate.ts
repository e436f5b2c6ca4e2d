// What adding the class changed for the old ones (nothing may), and how well the new one is judged.
import { join } from 'node:path';
import { MintDetector } from '@mint/detector';
import { metricsTable } from '@mint/report';
import { comparePredictions, evaluate, featureBatches, featureCacheOf } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';
import { config, dataset, newClass } from './config.js';

await tf.setBackend('onnx');
const before = await MintDetector.load(join(config.out, 'before'));
const after = await MintDetector.load(join(config.out, 'after'));
const cache = featureCacheOf(join(config.out, 'feature-cache'), after);
const test = dataset.samples.filter(({ split }) => split === 'test');

for (const [name, samples] of [
  ['old classes', test.filter(({ className }) => className !== newClass)],
  [newClass, test.filter(({ className }) => className === newClass)],
] as const) {
  const { images, reassigned, changed, changedWhenGiven } = await comparePredictions(
    before,
    after,
    featureBatches(after, cache, samples),
  );
  console.log(
    `${name}: ${images} test images, ${reassigned} now recognised as ${newClass}; of all other images ${changed} changed; ` +
      `with the class given ${changedWhenGiven} changed`,
  );
}
console.log(
  metricsTable(await evaluate(after, { cache, dataset, backend: 'onnx', seed: config.train.seed })),
);
