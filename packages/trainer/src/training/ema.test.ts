import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { emaStep } from './ema.js';

test('is the plain formula, young and old, and keeps the number of tensors', async () => {
  const values = Array.from({ length: 40 }, (_, t) => [Math.sin(t), 3 - t, t * t]);
  const average: Record<string, tf.Tensor> = { a: tf.tensor1d([5, 6, 7]), b: tf.scalar(2) };
  let want = [5, 6, 7, 2];
  const before = tf.memory().numTensors;
  for (const [t, row] of values.entries()) {
    const weights = { a: tf.tensor1d(row), b: tf.scalar(-t) };
    emaStep(average, weights, 0.75, t);
    tf.dispose(weights);
    // Decays 1/10, 2/11, … until the one given: at t = 26, (1 + t)/(10 + t) is 0.75.
    const decay = t < 26 ? (1 + t) / (10 + t) : 0.75;
    want = [...row, -t].map((w, i) => decay * (want[i] as number) + (1 - decay) * w);
    expect(tf.memory().numTensors).toBe(before);
    const got = [...((await average.a?.data()) ?? []), ...((await average.b?.data()) ?? [])];
    got.forEach((value, i) => {
      expect(Math.abs(value - (want[i] as number))).toBeLessThan(
        1e-5 * Math.max(1, Math.abs(want[i] as number)),
      );
    });
  }
  tf.dispose(average);
});
