/**
 * The `webgpu` provider against `cpu`: ten training steps of a small network, and the core of the conformance suite,
 * both within 1e-3.
 *
 *     pnpm --filter @mint/backend-onnx test:webgpu
 *
 * Without a graphics card, SwiftShader computes on the CPU: `apt-get install chromium libvulkan1` brings it, and it is
 * found where Debian puts it. `VK_ICD_FILENAMES` names another Vulkan driver. Where there is none it says so and ends.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-layers';
import { type OnnxOptions, setOnnxOptions } from '@mint/backend-onnx';
import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const TOLERANCE = 1e-3;
const STEPS = 10;

// Left out: NaN, infinities and rounding at ties, which WebGPU leaves to the driver.
const FILES = ['shape', 'indexing', 'matmul', 'layout', 'reduction', 'image', 'gradient', 'layers'];
const LEFT_OUT = 'cropAndResize|preprocessing layers|divisions with broadcasting';
const RUNS = '5';

if (process.env.VK_ICD_FILENAMES === undefined && existsSync(SWIFTSHADER))
  process.env.VK_ICD_FILENAMES = SWIFTSHADER;

/** Losses of ten steps; the same weights and batches each time. */
async function train(provider: OnnxOptions['provider']): Promise<number[]> {
  setOnnxOptions({ provider });
  await tf.setBackend('onnx');
  const uniform = (seed: number) => initializers.glorotUniform({ seed });
  const model = sequential({
    layers: [
      layers.conv2d({
        inputShape: [14, 14, 1],
        filters: 8,
        kernelSize: 3,
        activation: 'relu',
        kernelInitializer: uniform(1),
      }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 32, activation: 'tanh', kernelInitializer: uniform(2) }),
      layers.dense({ units: 5, activation: 'softmax', kernelInitializer: uniform(3) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const x = tf.randomUniform([8, 14, 14, 1], -1, 1, 'float32', i);
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 2, 3, 4, 0, 1, 2], 'int32'), 5));
    losses.push((await model.trainOnBatch(x, y)) as number);
    tf.dispose([x, y]);
  }
  model.dispose();
  return losses;
}

try {
  setOnnxOptions({ provider: 'webgpu' });
} catch (error) {
  if (!MintError.isInstance(error)) throw error;
  console.log(`skipped: no Vulkan driver (${error.message})`);
  process.exit(0);
}
const [webgpu, cpu] = [await train('webgpu'), await train('cpu')];
console.log('losses, webgpu:', webgpu.map((loss) => loss.toFixed(5)).join(' '));
console.log('losses, cpu:   ', cpu.map((loss) => loss.toFixed(5)).join(' '));
for (const [i, loss] of cpu.entries())
  assert.ok(Math.abs((webgpu[i] ?? Number.NaN) - loss) <= TOLERANCE * Math.abs(loss), `step ${i}`);

const { status } = spawnSync(
  'npx',
  ['vitest', 'run', ...FILES.map((name) => `test/conformance/${name}`), '-t', `^(?!.*(${LEFT_OUT}))`],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, MINT_ONNX_PROVIDER: 'webgpu', CONFORMANCE_RUNS: RUNS },
    stdio: 'inherit',
  },
);
process.exit(status ?? 1);
