/**
 * `model.fit` of two networks on images of MNIST's size: milliseconds per step of 64 images, median of the epochs after
 * the first.
 *
 *     pnpm --filter @mint/backend-onnx bench [backend …]
 *
 * Backends are `onnx` and `wasm` by default; `cpu` takes minutes.
 */
import { cpus } from 'node:os';
import '@mint/backend-onnx';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';

const BATCH = 64;
const CLASSES = 10;

/** The convolutional network of tfjs' MNIST example for Node. */
const convnet = () =>
  sequential({
    layers: [
      layers.conv2d({ inputShape: [28, 28, 1], filters: 32, kernelSize: 3, activation: 'relu' }),
      layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dropout({ rate: 0.25 }),
      layers.dense({ units: 512, activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: CLASSES, activation: 'softmax' }),
    ],
  });

const dense = () =>
  sequential({
    layers: [
      layers.flatten({ inputShape: [28, 28, 1] }),
      layers.dense({ units: 512, activation: 'relu' }),
      layers.dense({ units: 512, activation: 'relu' }),
      layers.dense({ units: CLASSES, activation: 'softmax' }),
    ],
  });

/** Milliseconds per step, or the reason why the backend cannot run it. */
async function stepMs(build: () => Sequential, steps: number, epochs: number): Promise<number | string> {
  const model = build();
  model.compile({ optimizer: 'rmsprop', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const x = tf.randomUniform([steps * BATCH, 28, 28, 1]);
  const y = tf.tidy(() => tf.oneHot(tf.randomUniform([steps * BATCH], 0, CLASSES, 'int32'), CLASSES));
  const times: number[] = [];
  let began = 0;
  try {
    await model.fit(x, y, {
      epochs: epochs + 1,
      batchSize: BATCH,
      verbose: 0,
      callbacks: {
        onEpochBegin: async () => {
          began = performance.now();
        },
        onEpochEnd: async (epoch) => {
          if (epoch > 0) times.push((performance.now() - began) / steps);
        },
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    model.dispose();
    tf.dispose([x, y]);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

const asked = process.argv.slice(2);
console.log(`${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}`);
for (const [name, build] of Object.entries({ convnet, dense })) {
  for (const backend of asked.length > 0 ? asked : ['onnx', 'wasm']) {
    await tf.setBackend(backend);
    const slow = backend === 'cpu' && name === 'convnet';
    const ms = await stepMs(build, slow ? 1 : 20, slow ? 1 : 5);
    console.log(`${name} on ${backend}: ${typeof ms === 'number' ? `${ms.toFixed(1)} ms a step` : ms}`);
  }
}
