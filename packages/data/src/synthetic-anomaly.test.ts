import { sha256 } from '@mint/internal/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proceduralDataset, type RgbImage, syntheticAnomaly } from './index.js';

const flat = (value: number, width = 37, height = 53): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});

test('the mask is exactly where the picture changed, and it changed somewhere', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.integer(), fc.boolean(), (value, seed, noisy) => {
      const image = noisy
        ? { ...flat(0), data: flat(0).data.map((_, i) => (i * 31 + value) & 255) }
        : flat(value);
      const before = image.data.slice();
      const result = syntheticAnomaly(image, seed);
      expect(Buffer.compare(image.data, before)).toBe(0);
      const changed = result.mask.data.map((_, i) =>
        Number([0, 1, 2].some((c) => result.image.data[3 * i + c] !== image.data[3 * i + c])),
      );
      expect(Buffer.compare(result.mask.data, changed)).toBe(0);
      expect(changed.includes(1)).toBe(true);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('all kinds come about equally often, with areas of defects', () => {
  const image = flat(120, 112, 112);
  const areas: Record<string, number[]> = { texture: [], cutpaste: [], scratch: [] };
  for (let seed = 0; seed < 150; seed++) {
    const { kind, mask } = syntheticAnomaly(image, seed);
    areas[kind]?.push(mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length);
  }
  for (const list of Object.values(areas)) {
    expect(list.length).toBeGreaterThan(30);
    expect(Math.min(...list)).toBeGreaterThan(0.001);
    expect(Math.max(...list)).toBeLessThan(0.12);
  }
});

test('equal seeds give equal bytes, on every machine', () => {
  const image = proceduralDataset({ size: 64 }).samples[0]?.render?.().image;
  if (image === undefined) throw new Error('no picture');
  expect(sha256(...Array.from({ length: 12 }, (_, seed) => syntheticAnomaly(image, seed).image.data))).toBe(
    GOLDEN,
  );
});

test('refuses a picture that is too small and a seed that is no integer', () => {
  expect(() => syntheticAnomaly(flat(0, 15, 40), 0)).toThrow('needs at least 16x16 pixels, got 15x40');
  expect(() => syntheticAnomaly(flat(0), 0.5)).toThrow('`seed` must be an integer');
});

const GOLDEN = 'f8146b990315c55bcf368f6544b8ca6cc698da4890aa83969c1f9824c813fea7';
