/**
 * What `--augment` is worth where good images are few: the procedural set with 8 images per class, learned as they are and with
 * four variants of each, in about as many steps.
 *
 *     pnpm --filter bench augmentation <seed> [seed …]
 */
import { proceduralDataset } from '@mint/data';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@mint/backend-onnx';
import { learnAndEvaluate } from './learn.js';

const STEPS = 400;
const CHANGES = { mirror: true, flip: true, rotate: 5, brightness: 0.06, copies: 4 };

await tf.setBackend('onnx');
for (const seed of process.argv.slice(2).map(Number)) {
  const dataset = proceduralDataset({ seed, trainPerClass: 8 });
  for (const augment of [undefined, CHANGES]) {
    const name = augment === undefined ? 'as they are' : 'with variants';
    await learnAndEvaluate({ name, dataset, seed, steps: STEPS, augment });
  }
}
