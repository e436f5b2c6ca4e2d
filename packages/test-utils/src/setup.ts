// vitest `setupFiles` of packages that use tensors: backend, gradients, matcher.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers gradients: tfjs-core alone has none
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { CloseOptions } from './index.js';

await tf.setBackend('cpu');

expect.extend({
  toBeAllClose(
    actual: tf.Tensor,
    expected: tf.TensorLike | tf.Tensor,
    { rtol = 1e-5, atol = 1e-6 }: CloseOptions = {},
  ) {
    const want = expected instanceof tf.Tensor ? expected : tf.tensor(expected);
    const [a, e] = [actual.dataSync(), want.dataSync()];
    const sameShape = actual.shape.join() === want.shape.join();
    let bad = -1;
    let worst = 0;
    if (sameShape) {
      for (let i = 0; i < a.length; i++) {
        const [x, y] = [a[i] ?? Number.NaN, e[i] ?? Number.NaN];
        if (Object.is(x, y) || (Number.isFinite(y) && Math.abs(x - y) <= atol + rtol * Math.abs(y))) continue;
        const excess = Math.abs(x - y);
        if (bad === -1 || excess > worst) [bad, worst] = [i, excess];
      }
    }
    return {
      pass: sameShape && bad === -1,
      message: () =>
        sameShape
          ? `worst at flat index ${bad} of [${actual.shape}]: got ${a[bad]}, want ${e[bad]} (rtol ${rtol}, atol ${atol})`
          : `shape [${actual.shape}], want [${want.shape}]`,
    };
  },
});
