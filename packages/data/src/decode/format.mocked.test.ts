import sharp from 'sharp';
import { afterEach, expect, test, vi } from 'vitest';
import { decodeImage, decodeMask, loadSample } from '../index.js';
import { formatOf } from './format.js';

vi.mock('sharp', async (original) => {
  const { default: real } = await original<typeof import('sharp')>();
  return { default: vi.fn(real) };
});
const opened = vi.mocked(sharp);
afterEach(() => opened.mockClear());

const square = () => sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } });

test('formats are known by their first bytes', async () => {
  expect(formatOf(await square().png().toBuffer())).toBe('png');
  expect(formatOf(await square().jpeg().toBuffer())).toBe('jpeg');
  expect(formatOf(await square().tiff().toBuffer())).toBe('tiff');
  expect(formatOf(await square().tiff({ bigtiff: true }).toBuffer())).toBe('tiff');
  expect(formatOf(await square().webp().toBuffer())).toBe('webp');
  expect(formatOf(await square().gif().toBuffer())).toBeUndefined();
  expect(formatOf(new Uint8Array())).toBeUndefined();
});

test.each([
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'],
  ['SVG behind a comment', '<!-- --><svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'],
  ['PDF', '%PDF-1.4'],
  ['GIF', 'GIF89a\u0001\0\u0001\0'],
  ['HEIF', '\0\0\0\u0018ftypheic'],
  ['a raw matrix of libvips', '\u0008\u00f2\u00a6\u00b6'],
  ['Radiance', '#?RADIANCE\n'],
  ['a sound in the container of WebP', 'RIFF\0\0\0\0WAVE'],
])('%s reaches no loader', async (_name, text) => {
  const bytes = Buffer.from(text, 'latin1');
  const refused = expect.objectContaining({ code: 'UNREADABLE_IMAGE' });
  await expect(decodeImage(bytes, 'x')).rejects.toEqual(refused);
  await expect(decodeMask(bytes, 'x')).rejects.toEqual(refused);
  expect(opened).not.toHaveBeenCalled();
});

test('a TIFF of many channels is refused before it is decoded, however small its file is', async () => {
  // Zeros compress a thousand times: a megabyte holds hundreds of channels of a large image.
  const bands = sharp(new Uint8Array(64 * 64), { raw: { width: 64, height: 64, channels: 1 } });
  const more = Array.from({ length: 40 }, () => Buffer.alloc(64 * 64));
  const raw = { width: 64, height: 64, channels: 1 } as const;
  const many = await bands.joinChannel(more, { raw }).tiff({ compression: 'deflate' }).toBuffer();
  await expect(decodeImage(many, 'many.tiff')).rejects.toThrow('Input image exceeds channel limit');
  await expect(decodeMask(many, 'many.tiff')).rejects.toThrow('exceeds channel limit');
});

test('pixels of float numbers and of 16 bits count by their bytes', async () => {
  const size = { width: 40, height: 30 };
  const floats = await sharp(new Uint8Array(1200 * 3), { raw: { ...size, channels: 3 } })
    .toColourspace('scrgb')
    .raw({ depth: 'float' })
    .toBuffer();
  const values = new Float32Array(floats.buffer, floats.byteOffset, floats.byteLength / 4);
  const tiff = await sharp(values, { raw: { ...size, channels: 3 } })
    .tiff()
    .toBuffer();
  const wide = await sharp(new Uint16Array(1200 * 3), { raw: { ...size, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
  const { depth } = await sharp(tiff).metadata();
  if (depth === 'float') {
    await expect(decodeImage(tiff, 'f', { maxPixels: 3599 })).rejects.toThrow(
      'the limit is 1199 for pixels of 12 bytes',
    );
    expect((await decodeImage(tiff, 'f', { maxPixels: 3600 })).width).toBe(40);
  }
  await expect(decodeMask(wide, 'm', { maxPixels: 1700 })).rejects.toThrow('for pixels of 6 bytes');
  expect((await decodeImage(wide, 'm', { maxPixels: 1200 })).width).toBe(40);
});

test('a text image that promises more values than its file has bytes allocates nothing', async () => {
  const before = process.memoryUsage().arrayBuffers;
  await expect(decodeImage(Buffer.from('P2 8000 8000 255 1 2 3'), 'x.pgm')).rejects.toThrow(
    'it ends too early',
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
});

test('whatever is thrown while an image is prepared is an error of that image', async () => {
  const source = {
    name: 'store',
    list: async function* () {},
    read: async () => {
      throw new RangeError('Array buffer allocation failed');
    },
  };
  const sample = {
    id: 'bad',
    className: 'a',
    classIndex: 0,
    split: 'test',
    label: 'normal',
    imagePath: 'a.png',
    source,
  } as const;
  await expect(loadSample(sample, { width: 8, height: 8, filter: 'bilinear' })).rejects.toEqual(
    expect.objectContaining({
      name: 'MintError',
      code: 'UNREADABLE_IMAGE',
      message: 'a.png: cannot be prepared: Array buffer allocation failed.',
    }),
  );
});

test('a PNG whose colour profile is damaged is refused: its colours would be other ones', async () => {
  const file = await square().withIccProfile('p3').png().toBuffer();
  const at = file.indexOf('iCCP') + 40;
  expect((await decodeImage(file, 'x.png')).width).toBe(8);
  file[at] = (file[at] ?? 0) ^ 1;
  await expect(decodeImage(file, 'x.png')).rejects.toThrow(
    /x\.png: the image is truncated or damaged \(the checksum of the bytes from \d+ to \d+ is wrong/,
  );
});
