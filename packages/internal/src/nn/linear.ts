import * as tf from '@tensorflow/tfjs-core';
import { type Params, param } from '../weights.js';

/**
 * `x·W + b` over the last axis, as one large matrix product. W is the weight `name/kernel` `[d_in, d_out]`, b is `name/bias`
 * `[d_out]`.
 *
 * @param x - `[..., d_in]`.
 * @returns `[..., d_out]`; the caller disposes it.
 * @throws MintError `MISSING_WEIGHT` when a weight is missing, `SHAPE_MISMATCH` when the kernel does not fit.
 */
export function linear<T extends tf.Tensor>(params: Params, name: string, x: T): T {
  return tf.tidy(() => {
    const bias = param(params, `${name}/bias`);
    const dIn = x.shape.at(-1) ?? 0;
    const kernel = param(params, `${name}/kernel`, [dIn, bias.size]) as tf.Tensor2D;
    const product = tf.add(tf.matMul(tf.reshape(x, [-1, dIn]), kernel), bias);
    return tf.reshape(product, [...x.shape.slice(0, -1), bias.size]) as T;
  });
}
