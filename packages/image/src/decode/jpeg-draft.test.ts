import { createHash } from 'node:crypto';
import { jpegFile } from '@mint/test-utils/jpeg-files';
import { expect, test } from 'vitest';
import { decodeJpegDraft } from '../index.js';

const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex').slice(0, 16);

// im = Image.open(file); im.draft('RGB', (w // d, h // d)); sha(im.convert('RGB')): `noise-420` is noise of quality 100, 83 x 61, with
// one flat corner, so that coefficients are large, codes long and values clipped; `restart-420` is 420 with a restart marker every 7 MCUs.
test.each([
  ['noise-420', 1, '5c3cf2450400730a'],
  ['noise-420', 2, '526e40d7b8cf77ad'],
  ['noise-420', 4, '86ae0e2d62a9e9e6'],
  ['noise-420', 8, 'fbb99d3cbfb5a8ac'],
  ['420', 1, 'a751171b96c67f0d'],
  ['420', 2, '3957f9748b25e36d'],
  ['restart-420', 1, 'a751171b96c67f0d'],
  ['restart-420', 2, '3957f9748b25e36d'],
  ['422', 1, '1ca14a0336e98e31'],
  ['422', 2, 'c3007a7215282f3f'],
  ['progressive-444', 1, '5bcf97d1db4d93f4'],
  ['gray', 1, 'ab9994e42ab7a13e'],
] as const)('%s at 1/%i has the bytes of Pillow', (name, denominator, hash) => {
  expect(sha(decodeJpegDraft(jpegFile(name), denominator).data)).toBe(hash);
});
