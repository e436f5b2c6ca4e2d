import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auPro, auSPro, type Defect, labelRegions } from '../index.js';

const SIZE = { width: 7, height: 5 };
const PIXELS = 35;

const stacks = fc
  .record({
    seed: fc.nat(),
    levels: fc.constantFrom(1, 3, 20, 1000),
    fprLimit: fc.constantFrom(0.05, 0.3, 1),
  })
  .map(({ seed, levels, fprLimit }) => {
    const random = new Random(seed);
    const masks = Uint8Array.from({ length: 3 * PIXELS }, () => Number(random.uniform() < 0.3));
    masks.set([0, 1]);
    const maps = Float32Array.from(masks, (mask) => random.int(levels) + (mask * levels) / 3);
    return { maps, masks, random, fprLimit };
  });

/** Each connected region of a mask stack as a defect. */
function regionsOf(masks: Uint8Array): Defect[] {
  const { labels, count } = labelRegions(masks, SIZE);
  return Array.from({ length: count }, (_, r) => {
    const image = Math.floor(labels.indexOf(r + 1) / PIXELS);
    const mask = Uint8Array.from({ length: PIXELS }, (_, i) => Number(labels[image * PIXELS + i] === r + 1));
    return { image, mask };
  });
}

test('with saturations equal to the areas of connected regions it is AUPRO', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks, fprLimit }) => {
      expect(auSPro(maps, regionsOf(masks), SIZE, { fprLimit })).toBeCloseTo(
        auPro(maps, masks, SIZE, { fprLimit }),
        12,
      );
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('less saturation never gives less, never above 1; the order of defects does not matter', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks, random, fprLimit }) => {
      const options = { fprLimit };
      const regions = regionsOf(masks);
      const half = regions.map((defect) => ({
        ...defect,
        saturation: Math.ceil(Array.from(defect.mask).filter((value) => value === 1).length / 2),
      }));
      const value = auSPro(maps, half, SIZE, options);
      expect(value).toBeGreaterThanOrEqual(auSPro(maps, regions, SIZE, options) - 1e-12);
      expect(value).toBeLessThanOrEqual(1);
      expect(auSPro(maps, random.shuffle(half), SIZE, options)).toBeCloseTo(value, 12);
      expect(
        auSPro(
          Array.from(maps, (s) => 3 * s + 1),
          half,
          SIZE,
          options,
        ),
      ).toBeCloseTo(value, 12);
    }),
    { numRuns: 100, seed: 2 },
  );
});

test('a part the size of the missing object is enough, and a pixel may belong to two defects', () => {
  const size = { width: 6, height: 1 };
  const defects = [
    { image: 0, mask: [1, 1, 1, 1, 0, 0], saturation: 2 },
    { image: 0, mask: [0, 0, 0, 1, 1, 0], saturation: 2 },
  ];
  // Found first: two pixels of the first defect, one of them of both; then the one normal pixel.
  const maps = Float32Array.of(0, 0, 9, 9, 0, 5);
  expect(auSPro(maps, defects, size, { fprLimit: 1 })).toBeCloseTo((1 + 0.5) / 2, 14);
  expect(
    auSPro(
      maps,
      defects.map(({ saturation: _, ...rest }) => rest),
      size,
      { fprLimit: 1 },
    ),
  ).toBeCloseTo((0.5 + 0.5) / 2, 14);
});

test('the limit is 0.05 by default', () => {
  const masks = new Uint8Array(PIXELS).fill(1, 0, 3);
  const maps = Float32Array.from({ length: PIXELS }, (_, i) => (i < 3 ? 6 : i % 8));
  const defects = regionsOf(masks);
  expect(auSPro(maps, defects, SIZE)).toBe(auSPro(maps, defects, SIZE, { fprLimit: 0.05 }));
  expect(auSPro(maps, defects, SIZE)).not.toBe(auSPro(maps, defects, SIZE, { fprLimit: 0.3 }));
});

describe('errors name the defect', () => {
  const maps = new Float32Array(2 * PIXELS);
  const good = { image: 0, mask: new Uint8Array(PIXELS).fill(1, 0, 4) };

  test.each([
    ['image', { ...good, image: 2 }, 'INVALID_ARGUMENT', /defect 1 is in image 2, but there are 2/],
    ['half an image', { ...good, image: 0.5 }, 'INVALID_ARGUMENT', /defect 1 is in image 0.5/],
    [
      'mask size',
      { ...good, mask: new Uint8Array(3) },
      'SHAPE_MISMATCH',
      /defect 1 must have 7x5 pixels, got 3/,
    ],
    [
      'mask value',
      { ...good, mask: good.mask.map((m) => 255 * m) },
      'INVALID_ARGUMENT',
      /got 255 .* of defect 1/,
    ],
    [
      'empty mask',
      { ...good, mask: new Uint8Array(PIXELS) },
      'INVALID_ARGUMENT',
      /mask of defect 1 is empty/,
    ],
    ['no saturation', { ...good, saturation: 0 }, 'INVALID_ARGUMENT', /at most its area of 4 pixels, got 0/],
    ['above the area', { ...good, saturation: 5 }, 'INVALID_ARGUMENT', /at most its area of 4 pixels, got 5/],
  ] as [string, Defect, string, RegExp][])('%s', (_, defect, code, message) => {
    expect(() => auSPro(maps, [good, defect], SIZE)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('no defects, no normal pixels, NaN, limit', () => {
    const code = (expected: string) => expect.objectContaining({ code: expected });
    expect(() => auSPro(maps, [], SIZE)).toThrow(code('UNDEFINED_METRIC'));
    const all = { image: 0, mask: new Uint8Array(PIXELS).fill(1) };
    expect(() => auSPro(maps.subarray(PIXELS), [all], SIZE)).toThrow(code('UNDEFINED_METRIC'));
    expect(() => auSPro(maps.slice().fill(Number.NaN, 3, 4), [good], SIZE)).toThrow('got NaN at position 3');
    expect(() => auSPro(maps, [good], SIZE, { fprLimit: 0 })).toThrow(code('INVALID_ARGUMENT'));
  });
});
