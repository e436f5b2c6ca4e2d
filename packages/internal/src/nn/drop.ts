import { mul, type Tensor } from '@tensorflow/tfjs-core';

/** `x ∘ mask`, or `x` without a mask. */
export const drop = <T extends Tensor>(x: T, mask: Tensor | undefined): T =>
  mask === undefined ? x : mul<T>(x, mask);
