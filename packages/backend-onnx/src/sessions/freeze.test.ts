import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { freeze, onnxStats } from '../index.js';

beforeEach(async () => {
  await tf.setBackend('onnx');
});

interface Weights {
  readonly filter: tf.Tensor4D;
  readonly kernel: tf.Tensor2D;
}

const weightsOf = (seed: number): Weights => ({
  filter: tf.randomNormal([3, 3, 8, 32], 0, 1, 'float32', seed),
  kernel: tf.randomNormal([32, 64], 0, 1, 'float32', seed + 1),
});

/** Its bits: to compare them takes less time than numbers. */
const bits = ({ buffer }: Float32Array): Buffer => Buffer.from(buffer);

/** A convolution and a product of images, made anew for each call. */
async function network({ filter, kernel }: Weights, batch = 2): Promise<Float32Array> {
  const y = tf.tidy(() => {
    const images = tf.slice(tf.randomNormal<tf.Rank.R4>([2, 16, 16, 8], 0, 1, 'float32', 7), 0, batch);
    const features = tf.relu(tf.conv2d(images, filter, 1, 'same'));
    return tf.matMul(tf.reshape(features, [batch * 16 * 16, 32]), kernel);
  });
  return (await y.data<'float32'>().finally(() => y.dispose())).slice();
}

describe('frozen tensors', () => {
  it('are part of the first graph, and of no second one', async () => {
    const weights = weightsOf(1);
    freeze(Object.values(weights));
    const before = onnxStats().compiles;
    const results = [];
    for (let run = 0; run < 6; run++) {
      results.push(await network(weights));
      expect(onnxStats().lastFrozenInputs).toBe(2);
    }
    expect(onnxStats().compiles - before).toBe(1);
    for (const result of results) expect(bits(result).equals(bits(results[0] as Float32Array))).toBe(true);
    tf.dispose({ ...weights });
  });

  it('give the same bits whatever ran before: other models, other batches', async () => {
    const [first, second] = [weightsOf(1), weightsOf(3)];
    freeze([...Object.values(first), ...Object.values(second)]);
    const run = async (weights: Weights) => bits(await network(weights));
    const [one, other] = [await run(first), await run(second)];
    expect(one.equals(other)).toBe(false);
    await network(first, 1);
    expect((await run(first)).equals(one)).toBe(true);
    expect((await run(second)).equals(other)).toBe(true);
    const again = weightsOf(3);
    freeze(Object.values(again));
    expect((await run(again)).equals(other)).toBe(true);
    tf.dispose([{ ...first }, { ...second }, { ...again }]);
  });

  it('are close to what is computed of tensors that may change', async () => {
    const [frozen, plain] = [weightsOf(5), weightsOf(5)];
    freeze(Object.values(frozen));
    const [a, b] = [await network(frozen), await network(plain)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))).toBeLessThan(1e-3);
    tf.dispose([{ ...frozen }, { ...plain }]);
  });

  it('take their graphs with them', async () => {
    const { cachedSessions } = onnxStats();
    const weights = weightsOf(8);
    freeze(Object.values(weights));
    await network(weights);
    await network(weights, 1);
    expect(onnxStats().cachedSessions).toBe(cachedSessions + 2);
    tf.dispose({ ...weights });
    expect(onnxStats().cachedSessions).toBe(cachedSessions);
  });

  it('stay as they are when a variable gets another value', async () => {
    const start = tf.ones<tf.Rank.R2>([64, 64]);
    const variable = tf.variable(start);
    freeze([variable]);
    const product = async () => {
      const y = tf.tidy(() => tf.sum(tf.matMul(tf.ones([300, 64]), variable as tf.Tensor2D)));
      const [sum] = await y.data().finally(() => y.dispose());
      return sum;
    };
    expect(await product()).toBe(300 * 64 * 64);
    variable.assign(tf.fill([64, 64], 2));
    expect(await product()).toBe(2 * 300 * 64 * 64);
    tf.dispose([start, variable]);
  });

  it('need the backend', async () => {
    await tf.setBackend('onnx');
    const tensor = tf.ones([1]);
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    expect(() => freeze([tensor])).toThrow("freeze: needs the backend 'onnx', the current one is 'cpu'.");
    await tf.setBackend('onnx');
    tensor.dispose();
  });
});
