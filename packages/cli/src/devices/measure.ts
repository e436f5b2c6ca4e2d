import { MintError } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';

/** Speed of a device. */
export interface Speed {
  /** Billions of float32 operations per second, 2n³ for a product of n × n matrices, in the fastest of three runs. */
  readonly gflops: number;
  /** Rows of the matrices. */
  readonly size: number;
}

const SIZES = [128, 256, 512, 1024, 2048, 4096];

/** Milliseconds that one product should take; shorter ones measure the call rather than the product. */
const LONG_ENOUGH = 40;

/**
 * Speed of products of square matrices on the current backend, at the smallest of {@link SIZES} that takes long enough.
 * Every result is compared with float64.
 *
 * @throws MintError `COMPUTE_FAILED` when the device computes wrong numbers.
 */
export async function matMulSpeed(): Promise<Speed> {
  for (const size of SIZES) {
    const { run, dispose } = matMul(size);
    try {
      await run(); // compiles
      const fastest = Math.min(await run(), await run(), await run());
      if (fastest < LONG_ENOUGH && size !== SIZES.at(-1)) continue;
      return { gflops: (2 * size ** 3) / fastest / 1e6, size };
    } finally {
      dispose();
    }
  }
  throw new Error('no size to measure');
}

/** A product whose left side differs each time, so that no backend can reuse an earlier result. */
function matMul(size: number) {
  const [left, right] = [pattern(size, 13), pattern(size, 17)];
  // The sum over the product of two matrices: column sums of one times row sums of the other.
  let expected = 0;
  for (let k = 0; k < size; k++) {
    let [column, row] = [0, 0];
    for (let i = 0; i < size; i++) {
      column += left[i * size + k] ?? 0;
      row += right[k * size + i] ?? 0;
    }
    expected += column * row;
  }
  const [a, b] = [tf.tensor2d(left, [size, size]), tf.tensor2d(right, [size, size])];
  let factor = 1;
  return {
    async run(): Promise<number> {
      factor /= 2;
      const began = performance.now();
      // Rows first: float32 can't add up a million elements one by one.
      const sum = tf.tidy(() => tf.sum(tf.sum(tf.matMul(tf.mul(a, factor), b), 1)));
      const [got = Number.NaN] = await sum.data();
      const ms = performance.now() - began;
      sum.dispose();
      const want = expected * factor;
      if (!(Math.abs(got - want) <= 1e-3 * want)) {
        throw new MintError(
          'COMPUTE_FAILED',
          `it computes wrong numbers: the elements of a product of ${size} × ${size} matrices add up to ${got}, expected ${want}. ` +
            'Update its driver; use another device until then.',
        );
      }
      return ms;
    },
    dispose: () => tf.dispose([a, b]),
  };
}

const pattern = (size: number, period: number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, i) => (1 + ((i * 7) % period)) / period);
