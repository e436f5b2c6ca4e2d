import { expect, test } from 'vitest';
import { fillRings, mapFrame, preprocessMask } from './index.js';

const settings = { width: 13, height: 11, filter: 'bilinear' } as const;

test.each([
  ['resized', {}],
  ['padded', { padToSquare: true }],
  ['cropped', { resize: 23 }],
  ['padded and cropped', { padToSquare: true, resize: { width: 17, height: 19 } }],
])('mapFrame() says where a pixel of the network lies in the image: %s', (_, more) => {
  const preprocessing = { ...settings, ...more };
  const image = { width: 130, height: 71 };
  const { left, top, scale } = mapFrame(image, preprocessing);
  // Every pixel of the image by itself: the pixel of the input that shows it must lie there.
  const mask = { ...image, data: new Uint8Array(130 * 71) };
  for (const [x, y] of [
    [64, 35],
    [50, 30],
    [77, 47],
  ] as const) {
    mask.data.fill(0);
    for (let dy = -9; dy <= 9; dy++) mask.data.fill(1, (y + dy) * 130 + x - 9, (y + dy) * 130 + x + 10);
    const { data } = preprocessMask(mask, preprocessing);
    const marked = [...data.keys()].filter((i) => data[i] === 1);
    expect(marked.length).toBeGreaterThan(0);
    for (const i of marked) {
      const [u, v] = [(i % 13) + 0.5, Math.floor(i / 13) + 0.5];
      // NEAREST takes the pixel at the centre.
      expect(Math.abs(left + scale[0] * u - (x + 0.5))).toBeLessThanOrEqual(10);
      expect(Math.abs(top + scale[1] * v - (y + 0.5))).toBeLessThanOrEqual(10);
    }
  }
});

test('mapFrame() of an image in tiles is the image itself, of a small one beside them it is not', () => {
  const tiled = { ...settings, tiles: 'auto' } as const;
  const image = { width: 130, height: 71 };
  expect(mapFrame(image, tiled)).toEqual({ image, left: 0, top: 0, scale: [1, 1] });
  expect(mapFrame({ width: 13, height: 11 }, tiled).scale).toEqual([1, 1]);
  expect(mapFrame({ width: 14, height: 11 }, tiled).scale).toEqual([14 / 13, 1]);
});

test('fillRings() marks what lies within, not within a hole, and nothing outside the mask', () => {
  const mask = { width: 7, height: 5, data: new Uint8Array(35) };
  const square = (from: number, to: number) =>
    [
      [from, from],
      [to, from],
      [to, to],
      [from, to],
    ] as const;
  fillRings(mask, [square(-3, 5), square(1, 3), []]);
  expect(mask.data.join('').match(/.{7}/g)).toEqual(['1111100', '1001100', '1001100', '1111100', '1111100']);
});
