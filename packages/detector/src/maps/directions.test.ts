import { expect, test } from 'vitest';
import { randomDirections } from './directions.js';

test.each([
  [13, 7],
  [11, 11],
  [5, 1],
])('%i channels: %i directions are orthonormal and follow from the seed', (channels, count) => {
  const directions = randomDirections(channels, count, 3);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      let product = 0;
      for (let c = 0; c < channels; c++)
        product += (directions[c * count + a] ?? 0) * (directions[c * count + b] ?? 0);
      expect(product, `${a},${b}`).toBeCloseTo(Number(a === b), 6);
    }
  }
  expect(randomDirections(channels, count, 3)).toEqual(directions);
  expect(randomDirections(channels, count, 4)).not.toEqual(directions);
});

test.each([0, 6, 1.5])('refuses %d directions of 5 channels', (count) => {
  expect(() => randomDirections(5, count, 0)).toThrow('an integer from 1 to the 5 channels');
});
