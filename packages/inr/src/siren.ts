import { formatShape, MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Sine-activated linear map, `sin(ω₀ · (x·W + b))`.
 *
 * @param x - `[..., D_in]` float32.
 * @param kernel - W, `[D_in, D_out]` float32.
 * @param bias - b, `[D_out]` float32. It is multiplied by ω₀ as well.
 * @param omega0 - Frequency factor ω₀, dimensionless.
 * @returns `[..., D_out]` float32, every value in [−1, 1].
 * @throws MintError `SHAPE_MISMATCH` when the shapes do not fit together.
 *
 * @see Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions", NeurIPS 2020,
 * https://arxiv.org/abs/2006.09661, equation 1 with ω₀ taken out of the weights as in section 3.2.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { sirenDense } from '@mint/inr';
 *
 * const x = tf.tensor2d([[0], [0.5], [1]]);
 * const y = sirenDense(x, tf.tensor2d([[Math.PI / 30]]), tf.tensor1d([0]), 30); // sin(π·x)
 * console.log([...y.dataSync()].map((value) => value.toFixed(3))); // [ '0.000', '1.000', '-0.000' ]
 * ```
 */
export function sirenDense(x: tf.Tensor, kernel: tf.Tensor2D, bias: tf.Tensor1D, omega0: number): tf.Tensor {
  const [dIn, dOut] = kernel.shape;
  if (x.rank < 1 || x.shape.at(-1) !== dIn || bias.shape.join() !== `${dOut}`) {
    throw new MintError(
      'SHAPE_MISMATCH',
      `sirenDense: x [..., D_in], kernel [D_in, D_out] and bias [D_out] must fit together, got ` +
        `${formatShape(x.shape)}, ${formatShape(kernel.shape)} and ${formatShape(bias.shape)}.`,
    );
  }
  return tf.tidy(() => {
    const flat = tf.reshape(x, [-1, dIn]);
    // ω₀ goes onto the weights, not onto the far larger product: that saves one big operation in each direction.
    const phase = tf.add(tf.matMul(flat, tf.mul(kernel, omega0)), tf.mul(bias, omega0));
    return tf.reshape(tf.sin(phase), [...x.shape.slice(0, -1), dOut]);
  });
}
