import * as tf from '@tensorflow/tfjs-core';
import { reshape } from '../graph/layout.js';
import { integers, record, scalar } from '../graph/value.js';
import { cast, kernel, pointwise } from './kernel.js';
import { window } from './layout/slicing.js';

export const randomKernels = [
  // Inverse transform sampling, with the uniform numbers that tfjs' cpu kernel draws from the same seed.
  kernel<tf.MultinomialInputs, tf.MultinomialAttrs>(
    tf.Multinomial,
    (backend, { logits }, { numSamples, seed, normalized }) => {
      const [batch, outcomes] = logits.shape as [number, number];
      const given = backend.plain(logits);
      const probabilities = normalized
        ? given
        : record('Softmax', [given], given.shape, 'float32', { axis: 1 });
      const draws = tf.randomUniform([batch, numSamples, 1], 0, 1, 'float32', seed);
      const draw = backend.plain(draws);
      draws.dispose();
      // Rounding errors go to the last outcome.
      const sums = record('CumSum', [probabilities, scalar(1, 'int64')], given.shape, 'float32');
      const bounds = reshape(window(sums, [0, 0], [batch, outcomes - 1]), [batch, 1, outcomes - 1]);
      const passed = cast(pointwise('GreaterOrEqual', [draw, bounds], 'bool'), 'int32');
      const shape = [batch, numSamples];
      return backend.make(record('ReduceSum', [passed, integers([2])], shape, 'int32', { keepdims: 0 }));
    },
  ),
];
