import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodeMask } from '../index.js';

const SIZE = { width: 6, height: 4 };
/** A 2x1 region on a background; both colours with the same channels. */
const drawn = async (background: readonly number[], mark: readonly number[]) => {
  const data = Uint8Array.from(
    Array.from({ length: 24 }, (_, i) => (i === 8 || i === 9 ? mark : background)).flat(),
  );
  const channels =
    background.length === 1 ? 1 : background.length === 3 ? 3 : background.length === 2 ? 2 : 4;
  const png = await sharp(data, { raw: { ...SIZE, channels } })
    .png()
    .toBuffer();
  return [...(await decodeMask(png, 'm.png')).data].flatMap((bit, i) => (bit === 1 ? [i] : []));
};

describe('decodeMask() marks what differs from the background', () => {
  test.each<[string, readonly number[], readonly number[]]>([
    ['white on black', [0], [255]],
    ['1 on 0', [0], [1]],
    ['red on white', [255, 255, 255], [255, 0, 0]],
    ['blue on green', [0, 200, 0], [0, 0, 200]],
    ['half transparent red on transparent red', [255, 0, 0, 0], [255, 0, 0, 128]],
    ['black on transparent', [0, 0, 0, 0], [0, 0, 0, 255]],
    ['label 2 on label 1', [1], [2]],
    ['gray with transparency', [255, 0], [255, 255]],
  ])('%s', async (_name, background, mark) => {
    expect(await drawn(background, mark)).toEqual([8, 9]);
  });

  test('white all over stays marked all over, white with black marks stays white', async () => {
    expect(await drawn([255], [255])).toHaveLength(24);
    expect(await drawn([255], [0])).toHaveLength(22);
  });
});

describe('PGM and PPM', () => {
  const text = (content: string) => new TextEncoder().encode(content);
  test.each([
    ['P2', text('P2\n# gray\n2 1\n15\n0 15\n'), [0, 0, 0, 255, 255, 255]],
    ['P3', text('P3 1 1 255 1 2 3'), [1, 2, 3]],
    ['P5', Uint8Array.of(...text('P5 2 1 255\n'), 7, 9), [7, 7, 7, 9, 9, 9]],
    ['P6, 16 bits', Uint8Array.of(...text('P6 1 1 65535\n'), 1, 0, 2, 0, 3, 255), [1, 2, 3]],
  ])('%s is read', async (_name, bytes, pixels) => {
    expect([...(await decodeImage(bytes, 'a.ppm')).data]).toEqual(pixels);
  });

  test.each([
    ['P5 2 2 255\n'],
    ['P5 0 2 255\n12'],
    ['P5 2'],
    ['P2 2 1 15 3'],
    ['P2 1 1 15 99'],
    ['P6 1 1 99999\nabc'],
  ])('%s is refused', async (content) => {
    await expect(decodeImage(text(content), 'a.ppm')).rejects.toThrow(
      /a\.ppm: the PNM image is truncated or damaged/,
    );
  });
});
