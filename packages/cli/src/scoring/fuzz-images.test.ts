import { expect, test } from 'vitest';
import { fuzzImages } from '../__fixtures__/fuzz-images.js';
import { tinyDetector } from '../__fixtures__/tiny-detector.js';

// 100,000 of them in slow/: pnpm --filter @mint/cli test:slow.
test('damaged images are refused or scored in predict, training and server, and never harm a good one', async () => {
  const detector = await tinyDetector();
  const { runs, refused, scored, failures } = await fuzzImages(detector, { count: 400, seed: 1 });
  expect(failures).toEqual([]);
  expect(Object.values(runs).reduce((a, b) => a + b)).toBe(400);
  // All three happen, and both results, or the damage does not reach the decoder.
  for (const count of Object.values(runs)) expect(count).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(150);
  expect(scored).toBeGreaterThan(50);
  detector.dispose();
}, 300_000); // threads start again and again: 10 s on a quiet machine
