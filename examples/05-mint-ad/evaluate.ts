// Scores the test images with the saved model: a table, and metrics.json with the protocol beside the numbers.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MintDetector } from '@mint/detector';
import { metricsTable } from '@mint/report';
import { evaluate, featureCacheOf } from '@mint/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@mint/backend-onnx';
import { config } from './config.js';
import { loadData } from './data.js';

await tf.setBackend('onnx');
const dataset = await loadData();
const detector = await MintDetector.load(join(config.out, 'model'));
const metrics = await evaluate(detector, {
  cache: featureCacheOf(join(config.out, 'feature-cache'), detector),
  dataset,
  backend: 'onnx',
  seed: config.train.seed,
});
await writeFile(join(config.out, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
console.log(`${dataset.name}\n${metricsTable(metrics)}`);
