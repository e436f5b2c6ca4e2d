import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auPimo } from '../index.js';

const SIZE = { width: 7, height: 5 };
const PIXELS = 35;

/** Images 0, 3, … are normal; every other has at least one anomalous pixel. */
const stacks = fc
  .record({
    seed: fc.nat(),
    levels: fc.constantFrom(1, 3, 20, 100_000),
    images: fc.integer({ min: 2, max: 7 }),
  })
  .map(({ seed, levels, images }) => {
    const random = new Random(seed);
    const masks = Uint8Array.from({ length: images * PIXELS }, (_, i) => {
      const [image, pixel] = [Math.floor(i / PIXELS), i % PIXELS];
      return Number(image % 3 !== 0 && (pixel === 0 || random.uniform() < 0.3));
    });
    const maps = Float32Array.from(masks, (mask) => random.int(levels) + (mask * random.int(levels)) / 2);
    return { maps, masks, images };
  });
const BOUNDS = { fprBounds: [0.03, 0.5] } as const;

test('in [0, 1]; only the order of the scores counts; the order of the images does not', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks, images }) => {
      const got = auPimo(maps, masks, SIZE, BOUNDS);
      for (const value of got.perImage) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
      expect([...got.images]).toEqual([...Array(images).keys()].filter((i) => i % 3 !== 0));
      // Float64, through the other sort.
      expect(
        auPimo(
          Float64Array.from(maps, (score) => 3 * score - 1),
          masks,
          SIZE,
          BOUNDS,
        ),
      ).toEqual(got);

      const reversed = <T extends Float32Array | Uint8Array>(stack: T): T => {
        const result = stack.slice() as T;
        for (let i = 0; i < stack.length; i += PIXELS)
          result.set(stack.subarray(i, i + PIXELS), stack.length - PIXELS - i);
        return result;
      };
      const turned = auPimo(reversed(maps), reversed(masks), SIZE, BOUNDS);
      [...turned.perImage].reverse().forEach((value, i) => {
        expect(value).toBeCloseTo(got.perImage[i] ?? Number.NaN, 12);
      });
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('normal pixels of anomalous images do not count', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks }) => {
      const changed = maps.map((score, i) =>
        Math.floor(i / PIXELS) % 3 !== 0 && masks[i] === 0 ? 1e9 : score,
      );
      expect(auPimo(changed, masks, SIZE, BOUNDS)).toEqual(auPimo(maps, masks, SIZE, BOUNDS));
    }),
    { numRuns: 100, seed: 2 },
  );
});

test('1 for a perfect map, 0 for its reverse, the mean of the rate for a constant one', () => {
  const masks = new Uint8Array(2 * PIXELS).fill(1, 40, 50);
  const mean = (maps: Uint8Array) => auPimo(maps, masks, SIZE, BOUNDS).mean;
  expect(mean(masks)).toBeCloseTo(1, 14);
  expect(mean(masks.map((mask) => 1 - mask))).toBe(0);
  expect(mean(masks.map(() => 7))).toBeCloseTo((0.5 - 0.03) / Math.log(0.5 / 0.03), 13);
});

test('the authors’ rule, 300,000 equal steps and trapezoids over ln z, comes near it', () => {
  // 40 normal images of 64²: the bounds are 16 and 1638 of their 163,840 pixels. What the rule leaves out between the
  // bounds and the nearest thresholds inside them keeps the two apart by less than a hundredth.
  const size = { width: 64, height: 64 };
  const random = new Random(7);
  const masks = new Uint8Array(60 * 4096);
  for (let image = 40; image < 60; image++) masks.fill(1, image * 4096, image * 4096 + 100);
  const maps = Float32Array.from(masks, (mask) => random.normal() + 4 * mask);
  const fprBounds = [1e-4, 1e-2] as const;
  const sorted = (from: number, to: number) => maps.slice(from, to).sort();
  const normal = sorted(0, 40 * 4096);
  const above = (values: Float32Array, threshold: number) => {
    let [low, high] = [0, values.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[middle] ?? 0) < threshold) low = middle + 1;
      else high = middle;
    }
    return (values.length - low) / values.length;
  };
  const [min, max] = [normal[0] ?? 0, normal.at(-1) ?? 0];
  const thresholds = Array.from({ length: 300_000 }, (_, i) => max - ((max - min) * i) / 299_999).filter(
    (t) => {
      const rate = above(normal, t);
      return rate >= fprBounds[0] && rate <= fprBounds[1];
    },
  );
  const { perImage } = auPimo(maps, masks, size, { fprBounds });
  perImage.forEach((value, i) => {
    const found = sorted((40 + i) * 4096, (40 + i) * 4096 + 100);
    const points = thresholds.map((t) => [Math.log(above(normal, t)), above(found, t)] as const);
    const area = points.reduce((sum, [x, y], k) => {
      const [x0, y0] = points[k - 1] ?? [x, y];
      return sum + ((x - x0) * (y + y0)) / 2;
    }, 0);
    expect(Math.abs(area / Math.log(fprBounds[1] / fprBounds[0]) - value)).toBeLessThan(1e-2);
  });
});

describe('errors', () => {
  const masks = new Uint8Array(2 * PIXELS).fill(1, 40, 50);
  const maps = new Float32Array(2 * PIXELS);
  const code = (expected: string) => expect.objectContaining({ code: expected });

  test('too few normal pixels for the bounds, among them none', () => {
    expect(() => auPimo(maps, masks, SIZE)).toThrow(
      'normal images have 35 pixels; a rate of 0.0001 needs at least 10000',
    );
    expect(() =>
      auPimo(
        maps,
        masks.map((_, i) => Number(i % 2 === 0)),
        SIZE,
        BOUNDS,
      ),
    ).toThrow(code('UNDEFINED_METRIC'));
  });

  test('one false positive among the normal pixels is enough', () => {
    expect(() => auPimo(maps, masks, SIZE, { fprBounds: [0.01, 1 / 36] })).toThrow(code('UNDEFINED_METRIC'));
    expect(auPimo(maps, masks, SIZE, { fprBounds: [0.01, 1 / 35] }).mean).toBeGreaterThan(0);
  });

  test.each([[[0, 0.1]], [[0.1, 0.1]], [[0.1, 1.5]], [[Number.NaN, 0.1]]] as [[number, number]][])(
    'bounds %j',
    (fprBounds) => {
      expect(() => auPimo(maps, masks, SIZE, { fprBounds })).toThrow(code('INVALID_ARGUMENT'));
    },
  );

  test('no anomalous pixel, NaN, sizes', () => {
    expect(() => auPimo(maps, masks.fill(0), SIZE, BOUNDS)).toThrow(code('UNDEFINED_METRIC'));
    expect(() => auPimo(maps.slice().fill(Number.NaN), masks, SIZE, BOUNDS)).toThrow(
      code('INVALID_ARGUMENT'),
    );
    expect(() => auPimo(maps.subarray(1), masks.subarray(1), SIZE, BOUNDS)).toThrow(code('SHAPE_MISMATCH'));
  });
});
