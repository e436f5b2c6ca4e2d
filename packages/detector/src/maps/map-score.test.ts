import { Random } from '@mint/internal';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { imageScore } from './anomaly-map.js';
import { mapScore } from './map-score.js';

test.each([
  [40, 30],
  [16, 16],
  [17, 5],
  [3, 50],
  [1, 1],
])('the score of a map of %d x %d in memory is that of the backend', (width, height) => {
  const random = new Random(width);
  const map = Float32Array.from({ length: width * height }, () => 5 + random.normal());
  for (const kind of ['max', 'mean', 'std'] as const) {
    const [expected = Number.NaN] = imageScore(tf.tensor3d(map, [1, height, width]), kind).dataSync();
    expect(mapScore(map, { width, height }, kind), kind).toBeCloseTo(expected, 5);
  }
});
