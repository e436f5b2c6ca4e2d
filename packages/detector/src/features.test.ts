import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { FeatureStatsBuilder, toTokens } from './features.js';

describe('FeatureStatsBuilder', () => {
  test('is mean and population deviation over all tokens, however they are dealt out', () => {
    const random = new Random(0);
    const channels = 3;
    const tokens = Array.from({ length: 101 }, () => [
      random.normal(),
      1000 + 0.01 * random.normal(),
      -7,
    ]).map((token) => Array.from(Float32Array.from(token)));
    const stats = new FeatureStatsBuilder(channels);
    stats.add(Float32Array.from(tokens.slice(0, 13).flat()));
    stats.add(Float32Array.from(tokens.slice(13).flat()));
    const { mean, std } = stats.result();
    // 1000² takes 10 of float64's 16 digits from a variance of 1e-4.
    for (const [c, precision] of [
      [0, 1e-6],
      [1, 1e-4],
    ] as const) {
      const values = tokens.map((token) => token[c] ?? 0);
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
      expect(mean[c]).toBe(Math.fround(average));
      expect(Math.abs((std[c] ?? 0) / Math.sqrt(variance) - 1)).toBeLessThan(precision);
    }
    expect([mean[2], std[2]]).toEqual([-7, 1]);
  });

  test('knows nothing without tokens', () => {
    const { mean, std } = new FeatureStatsBuilder(2).result();
    expect([...mean, ...std]).toEqual([0, 0, 1, 1]);
  });
});

test('toTokens goes row by row, and scales each channel by its own numbers', async () => {
  const features = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 2, 3, 2]);
  const [mean, std] = [tf.tensor1d([1, 2]), tf.tensor1d([2, 5])];
  const plain = toTokens(features, 'none', mean, std);
  expect(plain.shape).toEqual([1, 6, 2]);
  expect([...(await plain.data())]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const scaled = await toTokens(features, 'standardise', mean, std).data();
  const expected = [0, 0, 1, 0.4, 2, 0.8, 3, 1.2, 4, 1.6, 5, 2];
  for (const [i, value] of expected.entries()) expect(Math.abs((scaled[i] ?? 0) - value)).toBeLessThan(1e-6);
});
