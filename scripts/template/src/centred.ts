import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A vector minus its mean. A placeholder that shows the style: one idea per file, a pure function, shapes and errors in the docstring.
 *
 * @param x - `[N]` float32, N > 0.
 * @returns `[N]`; the caller must dispose it.
 * @throws MintError `INVALID_ARGUMENT` when `x` is empty.
 */
export function centred(x: tf.Tensor1D): tf.Tensor1D {
  if (x.size === 0)
    throw new MintError('INVALID_ARGUMENT', 'centred: `x` is empty, expected at least one value.');
  return tf.tidy(() => tf.sub(x, tf.mean(x)));
}
