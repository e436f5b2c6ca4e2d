import * as tf from '@tensorflow/tfjs-core';

// Which of the seven bars of a pocket calculator's digit are lit: top, upper left and right, middle, lower left and
// right, bottom.
const LIT = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];
/** [row, column, height, width] of each bar. */
const BARS = [
  [4, 8, 3, 12],
  [4, 6, 10, 3],
  [4, 19, 10, 3],
  [13, 8, 3, 12],
  [14, 6, 10, 3],
  [14, 19, 10, 3],
  [22, 8, 3, 12],
] as const;

/** Digits of 28 × 28 pixels, shifted by a few pixels, in noise; and which they are, one-hot. */
export function digits(count: number, seed: number): { x: tf.Tensor4D; y: tf.Tensor } {
  return tf.tidy(() => {
    const shifts = tf.randomUniform([count, 2], -3, 4, 'int32', seed).dataSync();
    const pixels = new Float32Array(count * 28 * 28);
    for (let i = 0; i < count; i++) {
      for (const [bar, [row, column, height, width]] of BARS.entries()) {
        if (((LIT[i % 10] ?? 0) & (1 << bar)) === 0) continue;
        const [top, left] = [row + (shifts[2 * i] ?? 0), column + (shifts[2 * i + 1] ?? 0)];
        for (let r = top; r < top + height; r++)
          pixels.fill(1, (i * 28 + r) * 28 + left, (i * 28 + r) * 28 + left + width);
      }
    }
    const noise = tf.randomNormal([count, 28, 28, 1], 0, 0.3, 'float32', seed) as tf.Tensor4D;
    const labels = tf.tensor1d(
      Int32Array.from({ length: count }, (_, i) => i % 10),
      'int32',
    );
    return { x: tf.add(tf.tensor4d(pixels, [count, 28, 28, 1]), noise), y: tf.oneHot(labels, 10) };
  });
}
