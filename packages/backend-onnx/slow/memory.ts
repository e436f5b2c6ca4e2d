/**
 * Memory over 2,000 training steps of a small convolutional network, every 7th batch ragged: the number of tensors must
 * not change, and the resident set over the last 400 steps be within 5 % of that over steps 200 to 600 (medians). Then
 * `tf.removeBackend` must give three quarters of what training took back, and the backend work again.
 *
 *     pnpm --filter @mint/backend-onnx test:memory
 *
 * `MALLOC_MMAP_THRESHOLD_` keeps glibc from holding on to memory that was freed; with its default, and 2 threads, about
 * 150 MB of it stay with the process until something needs them.
 */
import assert from 'node:assert/strict';
import '@tensorflow/tfjs-layers';
import { onnxStats, registerOnnxBackend } from '@mint/backend-onnx';
import * as tf from '@tensorflow/tfjs-core';
import { layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';

const MB = 1e6;
const STEPS = 2000;
const WARM_UP = 200;

async function residentBytes(): Promise<number> {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20)); // buffers are freed beside the program
  return process.memoryUsage().rss;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function network(optimizer: tf.Optimizer): Sequential {
  const model = sequential({
    layers: [
      layers.conv2d({ inputShape: [28, 28, 1], filters: 16, kernelSize: 3, activation: 'relu' }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 256, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  return model;
}

async function step(model: Sequential, size: number): Promise<void> {
  const x = tf.randomUniform([size, 28, 28, 1]);
  const y = tf.tidy(() => tf.oneHot(tf.randomUniform([size], 0, 10, 'int32'), 10));
  await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
}

async function train(): Promise<void> {
  const optimizer = tf.train.adam(1e-3);
  const model = network(optimizer);
  const sizes = new Set<number>();
  const resident: number[] = [];
  let tensors = 0;
  for (let i = 0; i < STEPS; i++) {
    const size = i % 7 === 6 ? 1 + (i % 31) : 32;
    sizes.add(size);
    await step(model, size);
    if (i === WARM_UP) tensors = tf.memory().numTensors;
    if (i >= WARM_UP && i % 40 === 0) resident.push(await residentBytes());
  }
  const [early, late] = [median(resident.slice(0, 10)), median(resident.slice(-10))];
  const { compiles, compileMs, cachedSessions } = onnxStats();
  console.log(
    `${STEPS} steps, ${sizes.size} batch sizes: ${compiles} graphs compiled in ${compileMs.toFixed(0)} ms, ${cachedSessions} kept`,
  );
  console.log(
    `tensors ${tensors} -> ${tf.memory().numTensors}; resident ${(early / MB).toFixed(0)} -> ${(late / MB).toFixed(0)} MB`,
  );
  assert.equal(tf.memory().numTensors, tensors);
  assert.ok(late < 1.05 * early, 'the resident set grew by more than 5 %');
  model.dispose();
  optimizer.dispose();
}

await tf.setBackend('onnx');
await (await tf.tidy(() => tf.add(1, 1))).data();
const before = await residentBytes();
await train();
const trained = await residentBytes();
tf.removeBackend('onnx');
const removed = await residentBytes();
console.log(
  `resident before ${(before / MB).toFixed(0)} MB, trained ${(trained / MB).toFixed(0)} MB, backend removed ${(removed / MB).toFixed(0)} MB`,
);
assert.ok(removed - before < (trained - before) / 4, 'removing the backend gave too little back');
registerOnnxBackend();
await tf.setBackend('onnx');
await train();
