import { readFileSync } from 'node:fs';
import { Random } from '@mint/internal';
import { needsTestBed, testBed, testBedPath } from '@mint/test-utils';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodeMask, type RgbImage } from '../index.js';

const withoutBed = testBed === undefined;
const broken = (name: string) => ({ path: testBedPath('data/mvtec-layout-samples/broken', name), name });
const decodeBroken = (file: string) => {
  const { path, name } = broken(file);
  return decodeImage(readFileSync(path), name);
};
const at = ({ width, data }: RgbImage, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

describe('files of mvtec-layout-samples/broken', () => {
  test.skipIf(withoutBed).each([
    ['truncated.png', /truncated\.png: the image is truncated or damaged/],
    ['zero_bytes.png', /zero_bytes\.png: the file is empty \(0 bytes\)/],
    [
      'text_named.png',
      /text_named\.png: expected a PNG, JPEG, TIFF, WebP or BMP image, but the file of 38 bytes is not one/,
    ],
  ])(needsTestBed('%s is refused by name'), async (file, message) => {
    await expect(decodeBroken(file)).rejects.toThrow(expect.objectContaining({ code: 'UNREADABLE_IMAGE' }));
    await expect(decodeBroken(file)).rejects.toThrow(message);
  });

  test.skipIf(withoutBed)(needsTestBed('gray16.png and rgb16.png keep the high byte'), async () => {
    const [gray, rgb] = await Promise.all([decodeBroken('gray16.png'), decodeBroken('rgb16.png')]);
    const wrong: string[] = [];
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 256; x++) {
        if (at(gray, x, y).join() !== [x, x, x].join()) wrong.push(`gray ${x},${y}: ${at(gray, x, y)}`);
        if (at(rgb, x, y).join() !== [x, 255 - x, 4 * y + (x >> 8)].join())
          wrong.push(`rgb ${x},${y}: ${at(rgb, x, y)}`);
      }
    }
    expect([gray.width, gray.height, rgb.width, rgb.height]).toEqual([256, 64, 256, 64]);
    expect(wrong).toEqual([]);
  });

  test.skipIf(withoutBed)(needsTestBed('gray8.png gives three equal channels'), async () => {
    const { width, height, data } = await decodeBroken('gray8.png');
    expect([width, height, data.length]).toEqual([120, 160, 120 * 160 * 3]);
    expect(data.every((value, i) => value === data[i - (i % 3)])).toBe(true);
    expect(new Set(data).size).toBeGreaterThan(50);
  });

  test.skipIf(withoutBed)(needsTestBed('rgba.png lies on black: the hidden red does not show'), async () => {
    const image = await decodeBroken('rgba.png');
    const raw = await sharp(broken('rgba.png').path).raw().toBuffer();
    const opaque = (x: number, y: number) => [...raw.subarray(4 * (y * 120 + x), 4 * (y * 120 + x) + 3)];
    expect(at(image, 60, 159)).toEqual([0, 0, 0]);
    expect(at(image, 3, 3)).toEqual(opaque(3, 3));
    opaque(50, 20).forEach((value, c) => {
      expect(Math.abs((at(image, 50, 20)[c] ?? 0) - (value * 128) / 255)).toBeLessThanOrEqual(1);
    });
  });

  test.skipIf(withoutBed)(needsTestBed('exif_orientation6.jpg is turned upright'), async () => {
    const [turned, expected] = await Promise.all([
      decodeBroken('exif_orientation6.jpg'),
      decodeBroken('exif_orientation6_expected.png'),
    ]);
    expect([turned.width, turned.height]).toEqual([120, 160]);
    const difference = turned.data.reduce(
      (sum, value, i) => sum + Math.abs(value - (expected.data[i] ?? 0)),
      0,
    );
    expect(difference / turned.data.length).toBeLessThan(2);
    const mask = await decodeMask(readFileSync(broken('exif_orientation6.jpg').path), 'mask');
    expect([mask.width, mask.height]).toEqual([120, 160]);
  });

  test.skipIf(withoutBed)(needsTestBed('cmyk.jpg has its colours, not their negatives'), async () => {
    const image = await decodeBroken('cmyk.jpg');
    expect([image.width, image.height]).toEqual([160, 160]);
    const [red = [], green = [], blue = [], white = []] = [20, 60, 100, 140].map((x) => at(image, x, 144));
    expect([argMax(red), argMax(green), argMax(blue)]).toEqual([0, 1, 2]);
    expect(Math.max(...red) - Math.min(...red)).toBeGreaterThan(120);
    expect(Math.min(...white)).toBeGreaterThan(235);
  });

  test.skipIf(withoutBed)(needsTestBed('a name outside ASCII stays unharmed in messages'), async () => {
    const { path, name } = broken('tire with spaces ñandú 轮胎 01.png');
    expect(await decodeImage(readFileSync(path), name)).toMatchObject({ width: 120, height: 160 });
    await expect(decodeImage(readFileSync(path).subarray(0, 9000), name)).rejects.toThrow(name);
  });

  test.skipIf(withoutBed)(
    needsTestBed('huge_8000x8000.png decodes at the limit, and is refused before decoding under it'),
    async () => {
      const { path, name } = broken('huge_8000x8000.png');
      const bytes = readFileSync(path);
      const before = process.memoryUsage.rss();
      const refused = decodeImage(bytes, name, { maxPixels: 63_999_999 });
      await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'IMAGE_TOO_LARGE' }));
      await expect(refused).rejects.toThrow(
        /huge_8000x8000\.png: 8000x8000 is 64000000 pixels, the limit is 63999999/,
      );
      expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
      const image = await decodeImage(bytes, name);
      expect(at(image, 7999, 7999)).toEqual([64, 128, 192]);
    },
  );
});

const argMax = (values: readonly number[]) => values.indexOf(Math.max(...values));

const image = (channels: 1 | 3 | 4, width = 40, height = 30) =>
  sharp(
    Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37) % 251),
    { raw: { width, height, channels } },
  );

test('no format yields half an image: every cut is an error', async () => {
  for (const format of ['png', 'jpeg', 'webp', 'tiff'] as const) {
    const bytes = await image(3, 64, 64).toFormat(format).toBuffer();
    for (const share of [0.3, 0.6, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(share * bytes.length));
      await expect(decodeImage(cut, `cut.${format}`), `${format} ${share}`).rejects.toThrow(`cut.${format}`);
    }
    expect(await decodeImage(bytes, 'whole')).toMatchObject({ width: 64, height: 64 });
  }
});

test('whole JPEG and WebP files with a side of one colour are not damaged', async () => {
  const random = new Random(1);
  for (let run = 0; run < 40; run++) {
    const [width, height, side] = [1 + random.int(120), 1 + random.int(120), run % 5];
    const inside = [
      (_: number, y: number) => y < 0.6 * height,
      (_: number, y: number) => y > 0.5 * height,
      (x: number) => x < 0.5 * width,
      (x: number, y: number) => x > 0.7 * width && y < 0.4 * height,
      () => false,
    ][side];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
      inside?.(Math.floor(i / 3) % width, Math.floor(i / 3 / width)) ? random.int(256) : 235,
    );
    const base = sharp(data, { raw: { width, height, channels: 3 } });
    const quality = 1 + random.int(100);
    for (const file of [base.clone().webp({ quality }), base.clone().jpeg({ quality })])
      expect(await decodeImage(await file.toBuffer(), 'whole')).toMatchObject({ width, height });
  }
});

test('other formats that the decoder knows are refused: no SVG, no GIF', async () => {
  const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await expect(decodeImage(svg, 'x.png')).rejects.toThrow(
    "x.png: expected a PNG, JPEG, TIFF, WebP or BMP image, but the file of 62 bytes is not one; it begins with '<svg xmlns=\"'.",
  );
  await expect(decodeImage(await image(3).gif().toBuffer(), 'x.png')).rejects.toThrow("begins with 'GIF89a");
});

test('a PNG decodes to its very bytes, an embedded profile is converted to sRGB', async () => {
  const raw = await image(3).raw().toBuffer();
  const plain = await decodeImage(await image(3).png().toBuffer(), 'plain');
  expect(Buffer.from(plain.data).equals(raw)).toBe(true);
  const p3 = await decodeImage(await image(3).withIccProfile('p3').png().toBuffer(), 'p3');
  const error = p3.data.reduce((sum, value, i) => sum + Math.abs(value - (raw[i] ?? 0)), 0) / raw.length;
  expect(error).toBeLessThan(6);
});

describe('decodeImage() by its rules', () => {
  const channels = (image: RgbImage) => [at(image, 0, 0), at(image, 1, 0)];
  const pixelsOf = (values: number[], count: 1 | 2 | 3 | 4) =>
    sharp(Uint8Array.from(values), { raw: { width: 2, height: 1, channels: count } });

  test('gray and palette become three channels', async () => {
    const gray = await pixelsOf([7, 200], 1).toColourspace('b-w').png().toBuffer();
    expect(channels(await decodeImage(gray, 'x'))).toEqual([
      [7, 7, 7],
      [200, 200, 200],
    ]);
    const palette = await pixelsOf([255, 0, 0, 0, 0, 255], 3).png({ palette: true, colours: 2 }).toBuffer();
    // Colour type 3 of the PNG header.
    expect(palette[25]).toBe(3);
    expect(channels(await decodeImage(palette, 'x'))).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  test('transparency lies on black, with gray too', async () => {
    const rgba = await pixelsOf([200, 100, 50, 0, 200, 100, 50, 255], 4).png().toBuffer();
    expect(channels(await decodeImage(rgba, 'x'))).toEqual([
      [0, 0, 0],
      [200, 100, 50],
    ]);
    const grayAlpha = await pixelsOf([200, 0, 200, 255], 2).toColourspace('b-w').png().toBuffer();
    expect(channels(await decodeImage(grayAlpha, 'x'))).toEqual([
      [0, 0, 0],
      [200, 200, 200],
    ]);
  });

  test('of 16 bits the high byte stays, in PNG and TIFF', async () => {
    const wide = () =>
      sharp(Uint16Array.of(0x12ff, 0xff00, 0x0080, 0x80ff, 0x7fff, 0x01ff), {
        raw: { width: 2, height: 1, channels: 3 },
      });
    for (const file of [
      await wide().toColourspace('rgb16').png().toBuffer(),
      await wide().toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(),
    ]) {
      expect((await sharp(file).metadata()).depth).toBe('ushort');
      expect(channels(await decodeImage(file, 'x'))).toEqual([
        [0x12, 0xff, 0x00],
        [0x80, 0x7f, 0x01],
      ]);
    }
  });

  test('of several frames or pages the first is used', async () => {
    const frames = Uint8Array.from({ length: 3 * 4 * 4 * 3 }, (_, i) => 80 * Math.floor(i / 48));
    for (const format of ['webp', 'tiff'] as const) {
      const file = await sharp(frames, { raw: { width: 4, height: 12, channels: 3, pageHeight: 4 } })
        [format]({
          quality: 100,
          ...(format === 'webp' ? { lossless: true } : { compression: 'none' as const }),
        })
        .toBuffer();
      expect((await sharp(file).metadata()).pages).toBe(3);
      const image = await decodeImage(file, 'x');
      expect([image.width, image.height, new Set(image.data)]).toEqual([4, 4, new Set([0])]);
    }
  });

  /** A TIFF of three 32-bit floats, written by hand: header, pixels, then the directory. */
  const floatTiff = (values: readonly number[]) => {
    const entries = [
      [256, 3],
      [257, 1],
      [258, 32],
      [259, 1],
      [262, 1],
      [273, 8],
      [277, 1],
      [278, 1],
      [279, 12],
      [339, 3],
    ];
    const file = Buffer.alloc(20 + 2 + 12 * entries.length + 4);
    file.write('II*\0');
    file.writeUInt32LE(20, 4);
    values.forEach((value, i) => {
      file.writeFloatLE(value, 8 + 4 * i);
    });
    file.writeUInt16LE(entries.length, 20);
    entries.forEach(([tag = 0, value = 0], i) => {
      const entry = 22 + 12 * i;
      file.writeUInt16LE(tag, entry);
      file.writeUInt16LE(3, entry + 2);
      file.writeUInt32LE(1, entry + 4);
      file.writeUInt16LE(value, entry + 8);
    });
    return file;
  };

  test.each([
    [
      [0, 0.5, 1],
      [0, 128, 255],
    ],
    [
      [0, 0.25, 0.75],
      [0, 64, 191],
    ],
    [
      [0, 7, 255],
      [0, 7, 255],
    ],
    [
      [0, 257, 65535],
      [0, 1, 255],
    ],
  ])('float numbers %j become %j', async (values, gray) => {
    const { data } = await decodeImage(floatTiff(values), 'x.tif');
    expect([...data]).toEqual(gray.flatMap((value) => [value, value, value]));
  });

  test('numbers that are not colours are refused', async () => {
    const file = floatTiff([0.5, 3e9, -1]);
    expect((await sharp(file).metadata()).depth).toBe('float');
    await expect(decodeImage(file, 'x.tif')).rejects.toThrow(
      /x\.tif: expected 8 or 16 bits .* float numbers/,
    );
    await expect(decodeMask(file, 'x.tif')).rejects.toThrow('float numbers');
  });

  test.each(['png', 'jpeg', 'webp', 'tiff'] as const)(
    'a %s of absurd size is refused by its header alone',
    async (format) => {
      const file = await image(3, 90, 70).toFormat(format).toBuffer();
      const refused = decodeImage(file, 'big', { maxPixels: 6299 });
      await expect(refused).rejects.toThrow('big: 90x70 is 6300 pixels, the limit is 6299');
      // The header is enough: the rest of the file may be missing.
      if (format === 'png' || format === 'jpeg')
        await expect(
          decodeImage(file.subarray(0, Math.floor(file.length * 0.9)), 'big', { maxPixels: 6299 }),
        ).rejects.toThrow('the limit is 6299');
    },
  );
});

describe('decodeMask()', () => {
  const grid = (values: ArrayLike<number>, channels: 1 | 3 | 4, width = 3) =>
    sharp(Uint8Array.from(values), { raw: { width, height: values.length / channels / width, channels } });

  test('is 1 where any channel is over 0, even by 1', async () => {
    const gray = await grid([0, 1, 2, 128, 255, 0], 1).toColourspace('b-w').png().toBuffer();
    expect(await decodeMask(gray, 'm')).toEqual({
      width: 3,
      height: 2,
      data: Uint8Array.of(0, 1, 1, 1, 1, 0),
    });
    const blue = await grid([0, 0, 0, 0, 0, 1, 0, 1, 0], 3).png().toBuffer();
    expect((await decodeMask(blue, 'm')).data).toEqual(Uint8Array.of(0, 1, 1));
  });

  test('ignores transparency', async () => {
    const rgba = await grid([0, 0, 0, 255, 9, 9, 9, 0, 0, 0, 0, 0], 4).png().toBuffer();
    expect((await decodeMask(rgba, 'm')).data).toEqual(Uint8Array.of(0, 1, 0));
  });

  test('sees a 1 of 65535 in a 16-bit mask', async () => {
    const wide = await sharp(Uint16Array.of(0, 1, 255, 65535), { raw: { width: 4, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(wide).metadata()).depth).toBe('ushort');
    expect((await decodeMask(wide, 'm')).data).toEqual(Uint8Array.of(0, 1, 1, 1));
  });

  test('reads masks of one bit per pixel', async () => {
    const bit = await grid([0, 255, 255, 0, 0, 255], 1).png({ palette: true, colours: 2 }).toBuffer();
    expect((await decodeMask(bit, 'm')).data).toEqual(Uint8Array.of(0, 1, 1, 0, 0, 1));
  });
});
