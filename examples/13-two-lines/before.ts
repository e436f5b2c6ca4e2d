import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { digits } from './digits.js';

await tf.setBackend('cpu');

const model = sequential({
  layers: [
    layers.conv2d({ inputShape: [28, 28, 1], filters: 8, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dense({ units: 32, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: tf.train.adam(3e-3), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const [train, test] = [digits(640, 1), digits(200, 2)];
const began = performance.now();
await model.fit(train.x, train.y, { epochs: 6, batchSize: 64, verbose: 0 });
const seconds = (performance.now() - began) / 1e3;
const [, accuracy] = model.evaluate(test.x, test.y) as tf.Scalar[];
const [correct = 0] = (await accuracy?.data()) ?? [];
console.log(
  `${tf.getBackend()}: trained in ${seconds.toFixed(1)} s, ${(100 * correct).toFixed(0)} % of unseen digits right`,
);
