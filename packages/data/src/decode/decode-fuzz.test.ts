import { expect, test } from 'vitest';
import { fuzzDecoding } from '../__fixtures__/fuzz.js';

// 20,000 of them in slow/: npm run test:slow.
test('damaged PNG, JPEG, WebP, TIFF and BMP files give an error or a whole image', async () => {
  const { failures, refused, decoded } = await fuzzDecoding(600, 1);
  expect(failures).toEqual([]);
  // Both happen, or the damage does not reach the decoder.
  expect(refused).toBeGreaterThan(300);
  expect(decoded).toBeGreaterThan(30);
}, 180_000); // 600 files and more decodes: 5 s on a quiet machine
