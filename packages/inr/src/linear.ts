import { type Params, param } from '@mint/internal/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** `x·W + b` with the weights `name/kernel` `[D_in, D_out]` and `name/bias` `[D_out]`; x `[M, D_in]`. */
export function linear(params: Params, name: string, x: tf.Tensor): tf.Tensor2D {
  const kernel = param(params, `${name}/kernel`, [x.shape[1] as number, param(params, `${name}/bias`).size]);
  return tf.add(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), param(params, `${name}/bias`));
}
