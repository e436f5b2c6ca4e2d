/** Floating-point operations of matrix products and convolutions, and how many of them this machine does in a second. */
import * as tf from '@tensorflow/tfjs-core';
import { medianMs } from '../workloads.js';

type Shape = readonly number[];

const size = (shape: Shape): number => shape.reduce((product, d) => product * d, 1);

/** A result of m × n elements, each the sum of k products, takes 2·m·n·k operations. */
const matrix = (out: Shape, a: Shape, b: Shape): number =>
  2 * size(out) * Math.sqrt((size(a) * size(b)) / (size(out) * size(out.slice(0, -2))));
const convolution = (out: Shape, _x: Shape, filter: Shape): number =>
  2 * size(out) * size(filter.slice(0, -1));
const depthwise = (out: Shape, _x: Shape, filter: Shape): number => 2 * size(out) * size(filter.slice(0, 2));
/** Scores, and sums of values. */
const attention = (_out: Shape, q: Shape, k: Shape): number => 4 * size(k) * (q[1] ?? 1);

/** Operations by kernel, from the shapes of its result and its inputs. */
const KERNELS: Readonly<Record<string, (out: Shape, ...inputs: Shape[]) => number>> = {
  BatchMatMul: matrix,
  _FusedMatMul: matrix,
  Conv2D: convolution,
  FusedConv2D: convolution,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  MintAttention: attention,
  MintAttentionGrad: (...shapes) => 2 * attention(...(shapes as [Shape, Shape, Shape])), // twice as many products
};

/** Billions of operations in the products of `work`. */
export async function gflop(work: () => Promise<unknown>): Promise<number> {
  const { kernels } = await tf.profile(async () => {
    await work();
    return [];
  });
  const counts = kernels.map(({ name, inputShapes, outputShapes }) => {
    const inputs = Object.values(inputShapes).map((shape) => shape ?? []);
    return KERNELS[name]?.(outputShapes[0] ?? [], ...inputs) ?? 0;
  });
  return counts.reduce((sum, count) => sum + count, 0) / 1e9;
}

const SIDE = 2048;

/** Billions of operations in a second, in one product of large square matrices. */
export async function productRate(): Promise<number> {
  const [a, b] = [tf.randomNormal([SIDE, SIDE]), tf.randomNormal([SIDE, SIDE])];
  const ms = await medianMs(async () => {
    const product = tf.matMul(a, b);
    await product.data();
    product.dispose();
  });
  tf.dispose([a, b]);
  return (2 * SIDE ** 3) / ms / 1e6;
}
