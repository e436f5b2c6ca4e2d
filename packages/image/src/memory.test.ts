import { describe, expect, test } from 'vitest';
import { prepareImage, preprocessMask, resizeImage } from './index.js';
import { bytesOfKeptTaps } from './resize/taps.js';

const imageOf = (width: number, height: number) => ({
  width,
  height,
  data: new Uint8Array(width * height * 3),
});
const input = { width: 224, height: 224, filter: 'bilinear' } as const;
const tooLarge = (message: string) =>
  expect.objectContaining({ code: 'IMAGE_TOO_LARGE', message: expect.stringContaining(message) });

/** The error of a step, and the most memory of arrays that it took, in bytes. */
function attempt(step: () => unknown): { error: unknown; bytes: number } {
  const before = process.memoryUsage().arrayBuffers;
  try {
    step();
    return { error: undefined, bytes: process.memoryUsage().arrayBuffers - before };
  } catch (error) {
    return { error, bytes: process.memoryUsage().arrayBuffers - before };
  }
}

describe('an image of a few bytes cannot take gigabytes', () => {
  test.each([
    ['1 x 6,000,000 to 224 x 224', 1, 6_000_000, {}, 'resizing it to 224x224 takes 4128'],
    ['32,000,000 x 1 to 224 x 224', 32_000_000, 1, {}, 'resizing it to 224x224 takes 512'],
    ['10,000 x 1 to a square', 10_000, 1, { padToSquare: true }, 'padding it to a square takes 300000000'],
    ['1 x 10,000 to a square', 1, 10_000, { padToSquare: true }, 'padding it to a square takes 300000000'],
    [
      '10,000 x 1 with the shorter side 256',
      10_000,
      1,
      { resize: 256 },
      'resizing it to 2560000x256 takes 1966080000',
    ],
  ])('%s', (_name, width, height, more, message) => {
    const image = imageOf(width, height);
    const { error, bytes } = attempt(() => prepareImage({ image }, { ...input, ...more }));
    expect(error).toEqual(tooLarge(`the image has ${width}x${height} pixels; ${message}`));
    expect(bytes).toBeLessThan(1e6);
  });

  test('nor can its mask', () => {
    const mask = { width: 20_000, height: 1, data: new Uint8Array(20_000) };
    expect(attempt(() => preprocessMask(mask, { ...input, padToSquare: true })).error).toEqual(
      tooLarge('to a square'),
    );
    expect(attempt(() => preprocessMask(mask, { ...input, resize: 256 })).error).toEqual(
      tooLarge('to 5120000x256'),
    );
  });

  test('but large and long images pass', () => {
    for (const [width, height] of [
      [8000, 500],
      [64_000, 100],
      [100, 64_000],
    ] as const) {
      expect(prepareImage({ image: imageOf(width, height) }, input).image.data).toHaveLength(224 * 224 * 3);
    }
    const square = prepareImage({ image: imageOf(8000, 100) }, { ...input, padToSquare: true });
    expect(square.image.width).toBe(224);
  });
});

test('tables of weights are kept up to 8 MiB, whatever the sizes of the images', () => {
  for (let i = 0; i < 6; i++) resizeImage(imageOf(100_000 + i, 1), 224, 1, 'lanczos');
  expect(bytesOfKeptTaps()).toBeGreaterThan(2 ** 22);
  expect(bytesOfKeptTaps()).toBeLessThanOrEqual(2 ** 23);
});
