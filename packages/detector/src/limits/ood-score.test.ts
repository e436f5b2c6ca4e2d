import { Random } from '@mint/internal';
import { expectNoLeak } from '@mint/test-utils';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { ClassStatsBuilder, oodScore } from '../index.js';

const [CLASSES, CHANNELS, TOKENS] = [3, 5, 7];

/** Images of three classes, `[N·C]` each, some channels wider than others. */
function draw(images: number, seed: number) {
  const random = new Random(seed);
  return Array.from({ length: images }, (_, i) => {
    const classIndex = i % CLASSES;
    const shift = Array.from({ length: CHANNELS }, (_, c) => (c + 1) * random.normal());
    const features = Float32Array.from(
      { length: TOKENS * CHANNELS },
      (_, at) => 10 * classIndex + (shift[at % CHANNELS] as number) + random.normal(),
    );
    return { classIndex, features };
  });
}
const built = (images: ReturnType<typeof draw>, channels = CHANNELS) => {
  const builder = new ClassStatsBuilder(CLASSES, channels);
  for (const { features, classIndex } of images) builder.add(features, classIndex);
  return builder.result();
};

describe('ClassStatsBuilder', () => {
  test('gives what two passes over the images give', () => {
    const images = draw(23, 1);
    const { means, std } = built(images);
    const pooled = images.map(({ features, classIndex }) => ({
      classIndex,
      mean: Array.from({ length: CHANNELS }, (_, c) =>
        features.reduce((sum, v, at) => sum + (at % CHANNELS === c ? v / TOKENS : 0), 0),
      ),
    }));
    for (let c = 0; c < CHANNELS; c++) {
      let squares = 0;
      for (let k = 0; k < CLASSES; k++) {
        const own = pooled.flatMap(({ classIndex, mean }) => (classIndex === k ? [mean[c] as number] : []));
        const mean = own.reduce((a, b) => a + b, 0) / own.length;
        squares += own.reduce((sum, v) => sum + (v - mean) ** 2, 0);
        expect(means[k * CHANNELS + c]).toBeCloseTo(mean, 4);
      }
      expect(std[c]).toBeCloseTo(Math.sqrt(squares / (23 - CLASSES)), 4);
    }
  });

  test('a channel that never varies gets the typical deviation, not 0', () => {
    const features = (a: number) => Float32Array.from([a, 4, a + 1, 4]);
    const { std } = built(
      [1, 5, 2, 8, 3, 3].map((a, i) => ({ features: features(a), classIndex: i % CLASSES })),
      2,
    );
    // Within classes: (1, 8), (5, 3), (2, 3): squares 24.5 + 2 + 0.5 over 3; the mean with the other channel's 0.
    expect(std[0]).toBeCloseTo(Math.sqrt(9), 5);
    expect(std[1]).toBeCloseTo(Math.sqrt(4.5), 5);
  });

  test('refuses features that are no whole tokens', () => {
    expect(() => new ClassStatsBuilder(2, 5).add(new Float32Array(7), 0)).toThrow('whole tokens of 5');
  });
});

describe('oodScore()', () => {
  const means = tf.tensor2d([0, 0, 10, -1], [2, 2]);
  const std = tf.tensor1d([2, 1]);
  const features = tf.tensor4d([1, 1, 3, 5, 5, 0, 7, 4], [2, 1, 2, 2]); // mean features [2, 3] and [6, 2]

  test('is the mean squared standardised distance, plus the surprise at the class', () => {
    const distances = [
      [(1 + 9) / 2, (16 + 16) / 2],
      [(9 + 4) / 2, (4 + 9) / 2],
    ];
    expect(oodScore(features, means, std)).toBeAllClose(distances);
    const posterior = tf.tensor2d([0.75, 0.25, 1, 0], [2, 2]);
    expect(oodScore(features, means, std, posterior)).toBeAllClose([
      [5 - Math.log(0.75), 16 - Math.log(0.25)],
      [6.5, 6.5 - Math.log(1e-30)],
    ]);
  });

  test('is about 1 for new images of the class, more for those of another', () => {
    const stats = built(draw(600, 2));
    const fresh = draw(300, 3);
    const values = oodScore(
      tf.tensor4d(Float32Array.from(fresh.flatMap((p) => [...p.features])), [300, TOKENS, 1, CHANNELS]),
      tf.tensor2d(stats.means, [CLASSES, CHANNELS]),
      tf.tensor1d(stats.std),
    ).arraySync();
    const own = fresh.map(({ classIndex }, i) => values[i]?.[classIndex] as number);
    const other = fresh.map(({ classIndex }, i) => values[i]?.[(classIndex + 1) % CLASSES] as number);
    // The mean of 1500 squares of nearly standard normal numbers: deviation √(2/1500), and that of the fit's 600 · 5.
    expect(Math.abs(own.reduce((a, b) => a + b, 0) / own.length - 1)).toBeLessThan(0.15);
    expect(Math.min(...other)).toBeGreaterThan(3);
  });

  test('frees all it made', () => {
    const posterior = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    expectNoLeak(() => oodScore(features, means, std, posterior));
  });
});
