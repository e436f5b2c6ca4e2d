import { bmp } from '@mint/test-utils/image-files';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodeMask } from '../index.js';

const rgb = (colour: number) => [colour >> 16, (colour >> 8) & 255, colour & 255];
const colourAt = (x: number, y: number) => (x * 25 + 1) * 65536 + (y * 50 + 2) * 256 + (x + y + 3);

describe('BMP', () => {
  test.each([
    [24, false],
    [24, true],
    [32, false],
  ])('of %i bits, rows from the top: %s', async (bits, topDown) => {
    const [width, height] = [5, 3];
    const file = bmp({ width, height, bits, topDown, pixel: colourAt });
    const image = await decodeImage(file, 'a.bmp');
    const expected = Array.from({ length: 15 }, (_, i) => rgb(colourAt(i % 5, Math.floor(i / 5)))).flat();
    expect(image).toEqual({ width, height, data: Uint8Array.from(expected) });
  });

  test.each([1, 4, 8])('of %i bits takes its colours from the palette', async (bits) => {
    const palette = Array.from({ length: 2 ** bits }, (_, i) => i * 0x010305 + 7);
    const pixel = (x: number, y: number) => (3 * x + 5 * y + x * y) % palette.length;
    const image = await decodeImage(bmp({ width: 11, height: 7, bits, pixel, palette }), 'a.bmp');
    const expected = Array.from({ length: 77 }, (_, i) => {
      return rgb(palette[pixel(i % 11, Math.floor(i / 11))] ?? 0);
    }).flat();
    expect([...image.data]).toEqual(expected);
  });

  test('is a mask like any other image', async () => {
    const file = bmp({ width: 3, height: 1, bits: 8, pixel: (x) => x, palette: [0, 0x000100, 0xffffff] });
    expect((await decodeMask(file, 'm.bmp')).data).toEqual(Uint8Array.of(0, 1, 1));
  });

  const small = { width: 4, height: 4, bits: 8, palette: [0, 1, 2], pixel: () => 2 };
  test.each([
    ['a colour beyond the palette', bmp({ ...small, pixel: () => 3 }), 'colour 3 of a palette of 3'],
    [
      'run lengths',
      bmp({ ...small, compression: 1 }),
      'BMP compression 1 is not supported. Save the image as PNG',
    ],
    ['16 bits', bmp({ ...small, bits: 16, palette: [] }), 'BMP with 16 bits per pixel is not supported'],
    ['a cut', bmp(small).subarray(0, -1), /truncated or damaged: 4x4 in 8 bits need 82 bytes, there are 81/],
    ['a head alone', bmp(small).subarray(0, 30), 'truncated: 30 bytes'],
  ])('with %s is refused by name', async (_name, file, message) => {
    await expect(decodeImage(file, 'x.bmp')).rejects.toThrow(
      expect.objectContaining({ code: 'UNREADABLE_IMAGE' }),
    );
    await expect(decodeImage(file, 'x.bmp')).rejects.toThrow(message);
    await expect(decodeImage(file, 'x.bmp')).rejects.toThrow(/^x\.bmp: /);
  });

  test('that promises more pixels than its bytes allocates nothing', async () => {
    const file = bmp(small);
    file.writeInt32LE(2 ** 31 - 1, 18);
    file.writeInt32LE(2 ** 31 - 1, 22);
    const before = process.memoryUsage.rss();
    await expect(decodeImage(file, 'x.bmp')).rejects.toThrow('need');
    expect(process.memoryUsage.rss() - before).toBeLessThan(50e6);
    await expect(decodeImage(bmp(small), 'x.bmp', { maxPixels: 15 })).rejects.toThrow('4x4 is 16 pixels');
  });

  test('with any header decodes whole or is refused', async () => {
    const good = bmp({ width: 9, height: 5, bits: 24, pixel: colourAt });
    await fc.assert(
      fc.asyncProperty(fc.nat(53), fc.nat(255), fc.nat(good.length), async (at, value, length) => {
        const file = Buffer.from(good);
        file[at] = value;
        const read = decodeImage(file.subarray(0, length), 'x');
        await read.then(
          ({ width, height, data }) => expect(data.length).toBe(width * height * 3),
          (error) => expect(['UNREADABLE_IMAGE', 'IMAGE_TOO_LARGE']).toContain(error.code),
        );
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});
