// One UniAD training step, its forward pass and EfficientNet-B4, full size, random weights.
//   node --conditions=@mint/source --import tsx bench/uniad.ts [step] [forward] [backbone]
import '@tensorflow/tfjs-layers';
import { initParams } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { efficientNetFeatures, efficientNetSpecs } from '../../backbone/src/index.js';
import { adamwStep, zeroMoments } from '../../trainer/src/adamw.js';
import { createDropout, reconstruct, reconstructionSpecs, UNIAD } from '../../transformer/src/index.js';
import { onnxStats, setOnnxOptions } from '../src/index.js';
import { gemmRate } from './ref.js';

const wanted = process.argv.slice(2);
const threads = process.env.THREADS;
setOnnxOptions({
  ...(threads ? { threads: Number(threads) } : {}),
  ...(process.env.PROFILE ? { profile: process.env.PROFILE } : {}),
});
await tf.setBackend('onnx');

async function measure(name: string, count: number, run: (i: number) => Promise<void>): Promise<void> {
  const times: number[] = [];
  const start = performance.now();
  await run(0);
  console.log(`${name}: first ${Math.round(performance.now() - start)} ms`, JSON.stringify(onnxStats()));
  for (let i = 1; i <= count; i++) {
    const t = performance.now();
    await run(i);
    times.push(performance.now() - t);
  }
  console.log(`  machine now: ${Math.round(await gemmRate())} GFLOP/s`);
  const sorted = [...times].sort((a, b) => a - b);
  console.log(
    `${name}: best ${Math.round(sorted[0] ?? 0)} ms, median ${Math.round(sorted[count >> 1] ?? 0)} ms`,
    JSON.stringify(onnxStats()),
  );
  console.log(
    times.map((t) => Math.round(t)).join(' '),
    'rss',
    Math.round(process.memoryUsage().rss / 2 ** 20),
    'MB; tensors',
    tf.memory().numTensors,
  );
}

const config = { ...UNIAD, channels: 272, queries: 'learned' } as const;
const count = Number(process.env.COUNT ?? 8);

if (wanted.includes('step')) {
  const params = initParams(reconstructionSpecs(config), 1);
  const variables = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, tf.variable(value)]),
  );
  const moments = zeroMoments(variables);
  const dropout = createDropout(0.1, 3);
  const tokens = tf.randomNormal([8, 196, 272]) as tf.Tensor3D;
  await measure('step', count, async (i) => {
    const t0 = performance.now();
    const { value, grads } = tf.variableGrads(
      () =>
        tf.mean(
          tf.squaredDifference(reconstruct(variables, config, tokens, { dropout: dropout.step(i) }), tokens),
        ) as tf.Scalar,
      Object.values(variables),
    );
    const named = Object.fromEntries(
      Object.entries(variables).map(([name, variable]) => [name, grads[variable.name] as tf.Tensor]),
    );
    adamwStep(variables, named, moments, { learningRate: 1e-4, weightDecay: 1e-4, step: i, clipNorm: 0.1 });
    tf.dispose(grads);
    const t1 = performance.now();
    const [loss] = await value.data();
    if (i % 4 === 0) console.log('  record', Math.round(t1 - t0), 'ms, loss', loss);
    value.dispose();
  });
}
for (const batch of [8, 1]) {
  if (wanted.includes('forward')) {
    const params = initParams(reconstructionSpecs(config), 1);
    const inputs = Array.from({ length: count + 1 }, () => tf.randomNormal([batch, 196, 272]) as tf.Tensor3D);
    await measure(`forward b${batch}`, count, async (i) => {
      const y = reconstruct(params, config, inputs[i] as tf.Tensor3D);
      await y.data();
      y.dispose();
    });
  }
  if (wanted.includes('backbone')) {
    const b4 = { variant: 'b4', blocks: [1, 5, 9, 21], padding: 'same' } as const;
    const params = initParams(efficientNetSpecs(b4), 1);
    const inputs = Array.from(
      { length: count + 1 },
      () => tf.randomNormal([batch, 224, 224, 3]) as tf.Tensor4D,
    );
    await measure(`B4 b${batch}`, count, async (i) => {
      const features = efficientNetFeatures(params, b4, inputs[i] as tf.Tensor4D);
      await Promise.all(features.map((feature) => feature.data()));
      tf.dispose(features);
    });
  }
}
tf.removeBackend('onnx');
