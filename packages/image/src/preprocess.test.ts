import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describePreprocessing, preprocessImage, preprocessMask, resizeImage, resizeMask } from './index.js';

const imageOf = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 251),
});
const red = ({ width, data }: { width: number; data: Uint8Array }, x: number, y: number) =>
  data[3 * (y * width + x)];

describe('preprocessImage()', () => {
  test('without more is the resize alone', () => {
    const image = imageOf(17, 13);
    const plain = preprocessImage(image, { width: 7, height: 5, filter: 'bicubic' });
    expect(plain).toEqual(resizeImage(image, 7, 5, 'bicubic'));
  });

  // Python: int(round((29 - 11) / 2.0)) = 9, int(round((23 - 12) / 2.0)) = round(5.5) = 6, round(4.5) = 4.
  test.each([
    [29, 23, 11, 12, 9, 6],
    [29, 21, 11, 12, 9, 4],
    [14, 16, 11, 12, 2, 2],
  ])(
    '%i x %i cut to %i x %i starts at (%i, %i), as torchvision',
    (width, height, toWidth, toHeight, left, top) => {
      const image = imageOf(width, height);
      const cut = preprocessImage(image, {
        width: toWidth,
        height: toHeight,
        filter: 'bilinear',
        resize: { width, height },
      });
      expect([cut.width, cut.height, cut.data.length]).toEqual([toWidth, toHeight, toWidth * toHeight * 3]);
      for (const [x, y] of [
        [0, 0],
        [toWidth - 1, 0],
        [3, toHeight - 1],
      ] as const)
        expect(red(cut, x, y)).toBe(red(image, x + left, y + top));
    },
  );

  test('one number is the shorter side; the longer is rounded down', () => {
    const image = imageOf(31, 17);
    const cut = preprocessImage(image, { width: 11, height: 11, filter: 'bilinear', resize: 11 });
    // 11 * 31 / 17 = 20.06
    const whole = resizeImage(image, 20, 11, 'bilinear');
    expect(red(cut, 0, 0)).toBe(red(whole, 4, 0));
    expect(red(cut, 10, 10)).toBe(red(whole, 14, 10));
  });

  test('pads with black on both sides before resizing', () => {
    const image = { width: 5, height: 2, data: new Uint8Array(30).fill(200) };
    const { data } = preprocessImage(image, { width: 5, height: 5, filter: 'lanczos', padToSquare: true });
    const rows = Array.from({ length: 5 }, (_, y) => data[15 * y]);
    expect(rows).toEqual([0, 200, 200, 0, 0]);
  });

  test('a crop larger than what is left is refused with both sizes', () => {
    const crop = () =>
      preprocessImage(imageOf(9, 9), {
        width: 8,
        height: 6,
        filter: 'bilinear',
        resize: { width: 7, height: 7 },
      });
    expect(crop).toThrow('a centre crop of 8x6 needs an image of at least that size');
    expect(crop).toThrow('it is 7x7');
  });
});

test('image and mask stay on each other: a square marked in both is found in both', () => {
  const sizes = { width: fc.integer({ min: 40, max: 90 }), height: fc.integer({ min: 40, max: 90 }) };
  fc.assert(
    fc.property(fc.record(sizes), fc.boolean(), fc.boolean(), (size, padToSquare, crop) => {
      const mask = { ...size, data: new Uint8Array(size.width * size.height) };
      const image = { ...size, data: new Uint8Array(size.width * size.height * 3) };
      const [cx, cy] = [size.width >> 1, size.height >> 1];
      for (let y = cy - 9; y < cy + 9; y++)
        for (let x = cx - 9; x < cx + 9; x++) {
          mask.data[y * size.width + x] = 1;
          image.data.fill(255, 3 * (y * size.width + x), 3 * (y * size.width + x) + 3);
        }
      const preprocessing = {
        width: 31,
        height: 37,
        filter: 'bilinear',
        padToSquare,
        ...(crop ? { resize: 41 } : {}),
      } as const;
      const [seen, marked] = [preprocessImage(image, preprocessing), preprocessMask(mask, preprocessing)];
      // Away from the edge, where nearest and bilinear differ, the two must agree.
      for (let i = 0; i < marked.data.length; i++) {
        const value = seen.data[3 * i] ?? -1;
        if (value === 255) expect(marked.data[i]).toBe(1);
        if (value === 0) expect(marked.data[i]).toBe(0);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('masks take the nearest pixel and keep to 0 and 1', () => {
  const mask = { width: 5, height: 3, data: Uint8Array.from({ length: 15 }, (_, i) => i % 2) };
  const straight = preprocessMask(mask, { width: 7, height: 11, filter: 'lanczos' });
  expect(straight).toEqual(resizeMask(mask, 7, 11));
});

test('describePreprocessing() tells protocols apart', () => {
  const base = { width: 224, height: 224, filter: 'bilinear' } as const;
  expect(describePreprocessing(base)).toBe('pillow-bilinear to 224x224');
  expect(describePreprocessing({ ...base, resize: { width: 256, height: 256 } })).toBe(
    'pillow-bilinear to 256x256, centre crop 224x224',
  );
  expect(describePreprocessing({ ...base, resize: 256, padToSquare: true })).toBe(
    'pad to square, pillow-bilinear to shorter side 256, centre crop 224x224',
  );
  expect(describePreprocessing({ ...base, jpegDraft: true })).toBe(
    'JPEG in draft, pillow-bilinear to 224x224',
  );
});
