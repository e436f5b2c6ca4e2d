import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { heatColour, imagePanels } from '../index.js';

const [width, height] = [7, 5];
const image = { width, height, data: Uint8Array.from({ length: 105 }, (_, i) => (7 * i) % 256) };
const map = Float32Array.from({ length: 35 }, (_, i) => i);

/** RGBA of every pixel of an indexed PNG. */
const coloursOf = (png: Uint8Array) => {
  const { data, palette = [] } = decode(png);
  return Array.from(data, (index) => palette[index] ?? []);
};

test('takes an image apart: the image, its heat, the heat as a layer, the mask', () => {
  const mask = Uint8Array.from({ length: 35 }, (_, i) => (i === 3 ? 7 : 0));
  const panels = imagePanels(image, map, [5, 29], mask);
  const shown = decode(panels.image);
  expect([shown.width, shown.height, [...shown.data]]).toEqual([width, height, [...image.data]]);
  expect([...decode(panels.mask ?? new Uint8Array()).data].map((v, i) => (v === 0 ? -1 : i))).toEqual(
    Array.from({ length: 35 }, (_, i) => (i === 3 ? 3 : -1)),
  );
  const heat = coloursOf(panels.heat);
  const layer = coloursOf(panels.layer);
  // Below the scale clear, above it the last colour, 17 half-way: opacity 0.8·(3/4 − 2/8) = 0.4.
  for (const i of [0, 5]) expect([heat[i], layer[i]?.[3]]).toEqual([[...heatColour(0), 255], 0]);
  for (const i of [29, 34]) expect([heat[i], layer[i]?.[3]]).toEqual([[...heatColour(1), 255], 204]);
  expect([heat[17], layer[17]?.[3]]).toEqual([[...heatColour(0.5), 255], 102]);
});

test('leaves out a mask that is not known, and refuses what does not fit', () => {
  expect(imagePanels(image, map, [0, 1]).mask).toBeUndefined();
  expect(() => imagePanels(image, map, [0, 1], new Uint8Array(34))).toThrow("the image's 7x5 values, got 34");
  expect(() =>
    imagePanels(
      image,
      map.map(() => Number.NaN),
      [0, 1],
    ),
  ).toThrow('NaN at position 0');
});
