import { expect, test } from 'vitest';
import { shrinkLayers } from '../index.js';

const layers = (width: number, height: number) => ({
  image: { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256) },
  map: Float32Array.from({ length: width * height }, (_, i) => Math.sin(i)),
  mask: Uint8Array.from({ length: width * height }, (_, i) => Number(i % 11 === 0)),
});

test('blocks become their mean colour and their highest map and mask value, at the edges too', () => {
  const [width, height, k] = [13, 7, 3];
  const { image, map, mask } = layers(width, height);
  const small = shrinkLayers({ image, map, mask }, 5);
  expect(small.image).toMatchObject({ width: 5, height: 3 });
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 5; column++) {
      const block: number[] = [];
      for (let y = row * k; y < Math.min(height, (row + 1) * k); y++)
        for (let x = column * k; x < Math.min(width, (column + 1) * k); x++) block.push(y * width + x);
      const at = row * 5 + column;
      expect(small.map[at]).toBe(Math.max(...block.map((i) => map[i] ?? Number.NaN)));
      expect(small.mask?.[at]).toBe(Math.max(...block.map((i) => mask[i] ?? Number.NaN)));
      for (const c of [0, 1, 2]) {
        const sum = block.reduce((total, i) => total + (image.data[3 * i + c] ?? Number.NaN), 0);
        expect(small.image.data[3 * at + c]).toBe(Math.round(sum / block.length));
      }
    }
  }
});

test('an image that is small enough is not changed; a NaN is kept', () => {
  const small = layers(13, 7);
  expect(shrinkLayers(small, 13)).toBe(small);
  small.map[4] = Number.NaN;
  expect(shrinkLayers(small, 2).map.some(Number.isNaN)).toBe(true);
});
