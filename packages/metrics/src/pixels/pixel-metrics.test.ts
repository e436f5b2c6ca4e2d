import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auPro, type ImageSize, imageMetrics, iouMax, labelRegions, pixelMetrics } from '../index.js';

const SIZE: ImageSize = { width: 7, height: 5 };
const PIXELS = SIZE.width * SIZE.height;

/** Random stacks of 1 to 3 images with blotchy masks and scores from `levels` distinct values. */
const stacks = fc
  .record({
    seed: fc.nat(),
    images: fc.integer({ min: 1, max: 3 }),
    levels: fc.constantFrom(1, 2, 5, 20, 1000),
    density: fc.constantFrom(0.1, 0.3, 0.6),
    limit: fc.constantFrom(0.01, 0.05, 0.3, 0.77, 1),
    connectivity: fc.constantFrom<4 | 8>(4, 8),
  })
  .map(({ seed, images, levels, density, ...options }) => {
    const random = new Random(seed);
    const masks = Uint8Array.from({ length: images * PIXELS }, () => Number(random.uniform() < density));
    masks.set([0, 1]); // both kinds are always there
    const maps = Float32Array.from(
      masks,
      (mask) => random.int(levels) - levels / 2 + (mask * random.int(levels)) / 2,
    );
    return { maps, masks, ...options };
  });

/** The definition: a point of (false-positive rate, mean overlap) for every distinct score, then trapezoids to the limit. */
function sweptAuPro(maps: Float32Array, regions: Int32Array, count: number, limit: number): number {
  const pixels = [...maps].map((score, i) => ({ score, region: regions[i] ?? 0 }));
  const share = (region: number, threshold: number) => {
    const inside = pixels.filter((pixel) => pixel.region === region);
    return inside.filter(({ score }) => score >= threshold).length / inside.length;
  };
  let [area, x, y] = [0, 0, 0];
  for (const threshold of [...new Set(maps)].sort((a, b) => b - a)) {
    const nextX = share(0, threshold);
    const nextY =
      Array.from({ length: count }, (_, i) => share(i + 1, threshold)).reduce((a, b) => a + b, 0) / count;
    const end = Math.min(nextX, limit);
    const endY = nextX > x ? y + ((nextY - y) * (end - x)) / (nextX - x) : nextY;
    if (end >= x) area += ((end - x) * (y + endY)) / 2;
    if (nextX >= limit) break;
    [x, y] = [nextX, nextY];
  }
  return area / limit;
}

test('AUPRO equals a threshold sweep', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks, limit, connectivity }) => {
      const { labels, count } = labelRegions(masks, SIZE, connectivity);
      const got = auPro(maps, masks, SIZE, { fprLimit: limit, connectivity });
      expect(got).toBeCloseTo(sweptAuPro(maps, labels, count, limit), 12);
      expect(got).toBeGreaterThanOrEqual(0);
      expect(got).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('all pixels are pooled for AUROC, AP and F1-max', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks, limit, connectivity }) => {
      const options = { fprLimit: limit, connectivity };
      const expected = {
        ...imageMetrics([...maps], masks),
        iouMax: iouMax([...maps], masks).value,
        auPro: auPro([...maps], masks, SIZE, options),
      };
      expect(pixelMetrics(maps, masks, SIZE, options)).toEqual(expected);
    }),
    { numRuns: 100, seed: 2 },
  );
});

test('the order of the images and an increasing map of the scores change nothing', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks }) => {
      const reversed = <T extends Float32Array | Uint8Array>(stack: T): T => {
        const result = stack.slice() as T;
        for (let at = 0; at < stack.length; at += PIXELS) {
          result.set(stack.subarray(at, at + PIXELS), stack.length - PIXELS - at);
        }
        return result;
      };
      // Halves of small integers: tripled and shifted without rounding.
      const moved = reversed(maps).map((score) => 3 * score + 1);
      const before = pixelMetrics(maps, masks, SIZE);
      const after = pixelMetrics(moved, reversed(masks), SIZE);
      for (const name of ['auroc', 'ap', 'f1Max', 'auPro'] as const)
        expect(after[name]).toBeCloseTo(before[name], 12);
      expect(after.f1Threshold).toBe(3 * before.f1Threshold + 1);
    }),
    { numRuns: 100, seed: 3 },
  );
});

test('AUPRO is 1 for a perfect map, 0 for its reverse, half the limit for a constant one', () => {
  const random = new Random(5);
  for (let run = 0; run < 200; run++) {
    const masks = Uint8Array.from({ length: 3 * PIXELS }, () => Number(random.uniform() < 0.3));
    const fprLimit = random.uniform() + 1e-6;
    expect(auPro(masks, masks, SIZE, { fprLimit })).toBeCloseTo(1, 14);
    expect(auPro(masks, masks, SIZE, { fprLimit })).toBeLessThanOrEqual(1);
    const reverse = masks.map((mask) => 1 - mask);
    expect(auPro(reverse, masks, SIZE, { fprLimit })).toBe(0);
    const constant = new Float32Array(masks.length).fill(-3);
    expect(auPro(constant, masks, SIZE, { fprLimit })).toBeCloseTo(fprLimit / 2, 14);
  }
});

test('a small region weighs as much as a large one in AUPRO', () => {
  const size = { width: 6, height: 2 };
  const masks = Uint8Array.of(1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0); // six pixels, and one
  const large = Float32Array.from(masks, (mask, i) => (i % 6 < 3 ? mask : 0));
  const small = Float32Array.from(masks, (mask, i) => (i === 5 ? mask : 0));
  expect(auPro(large, masks, size, { fprLimit: 1 })).toBeCloseTo((1 + 0.5) / 2, 14);
  expect(auPro(small, masks, size, { fprLimit: 1 })).toBeCloseTo((1 + 0.5) / 2, 14);
});

test('the defaults are a limit of 0.3 and 8-connectivity', () => {
  const random = new Random(6);
  const masks = Uint8Array.from({ length: 2 * PIXELS }, () => Number(random.uniform() < 0.3));
  const maps = Float32Array.from(masks, (mask) => random.normal() + mask);
  expect(pixelMetrics(maps, masks, SIZE).auPro).toBe(
    auPro(maps, masks, SIZE, { fprLimit: 0.3, connectivity: 8 }),
  );
  expect(auPro(maps, masks, SIZE, { connectivity: 4 })).not.toBe(auPro(maps, masks, SIZE));
});

describe.each([
  ['pixelMetrics', pixelMetrics],
  ['auPro', auPro],
] as const)('%s has no value', (name, metric) => {
  const maps = Float32Array.from({ length: PIXELS }, (_, i) => i);
  const masks = Uint8Array.from(maps, (_, i) => i % 2);

  test.each([0, -0.1, 1.01, Number.NaN])('for the limit %d', (fprLimit) => {
    const message = `${name}: \`fprLimit\` must lie in (0, 1], got ${fprLimit}.`;
    const expected = expect.objectContaining({ code: 'INVALID_ARGUMENT', message });
    expect(() => metric(maps, masks, SIZE, { fprLimit })).toThrow(expected);
  });

  test.each([
    ['for no images', maps.subarray(0, 0), masks.subarray(0, 0), SIZE, 'UNDEFINED_METRIC'],
    ['for empty masks', maps, masks.map(() => 0), SIZE, 'UNDEFINED_METRIC'],
    ['for full masks', maps, masks.map(() => 1), SIZE, 'UNDEFINED_METRIC'],
    ['for stacks of different length', maps, masks.subarray(1), SIZE, 'SHAPE_MISMATCH'],
    ['for part of an image', maps.subarray(1), masks.subarray(1), SIZE, 'SHAPE_MISMATCH'],
    ['for a size of 0', maps, masks, { width: 0, height: 5 }, 'SHAPE_MISMATCH'],
    ['for half a pixel', maps, masks, { width: 3.5, height: 5 }, 'SHAPE_MISMATCH'],
    [
      'for a NaN in a map',
      maps.map((score, i) => (i === 8 ? Number.NaN : score)),
      masks,
      SIZE,
      'INVALID_ARGUMENT',
    ],
    ['for a mask of 0 and 255', maps, masks.map((mask) => 255 * mask), SIZE, 'INVALID_ARGUMENT'],
  ])('%s', (_, someMaps, someMasks, size, code) => {
    const expected = expect.objectContaining({ code, message: expect.stringMatching(`^${name}: `) });
    expect(() => metric(someMaps, someMasks, size)).toThrow(expected);
  });
});
