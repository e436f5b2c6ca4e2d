import { expect, test } from 'vitest';
import { fuzzDecoding } from '../src/__fixtures__/fuzz.js';

test('20,000 damaged files give an error or a whole image, in bounded memory', {
  timeout: 1_800_000,
}, async () => {
  await fuzzDecoding(500, 99);
  const before = process.memoryUsage.rss();
  const { failures, refused, decoded } = await fuzzDecoding(20_000, 2);
  const grown = (process.memoryUsage.rss() - before) / 1e6;
  console.log(`${refused} refused, ${decoded} decoded, memory grew by ${grown.toFixed(0)} MB`);
  expect(failures).toEqual([]);
  expect(grown).toBeLessThan(300);
});
