import { fillRings, mapFrame } from '@mint/image';
import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Region, regions } from '../index.js';
import { components } from './components.js';
import { ringArea, simplified } from './ring.js';

/** Maps of unequal prime sizes: smooth hills, or noise, whose regions have holes and touch the borders. */
const maps = fc
  .record({
    size: fc.constantFrom<[number, number][]>([13, 7], [7, 13], [31, 17], [1, 5], [5, 1], [1, 1]),
    seed: fc.integer({ min: 0, max: 2 ** 30 }),
    smooth: fc.boolean(),
  })
  .map(({ size: [width, height], seed, smooth }) => {
    const random = new Random(seed);
    const [a, b, c] = [random.uniform(), random.uniform(), random.uniform()];
    const anomalyMap = Float32Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return smooth ? Math.sin(a * x + 6 * c) + Math.cos(b * y + 3 * c) : random.normal();
    });
    return { anomalyMap, width, height };
  });
const polygonArea = ({ outline: [outer = [], ...holes] }: Region) =>
  Math.abs(ringArea(outer)) - holes.reduce((sum, ring) => sum + Math.abs(ringArea(ring)), 0);

describe('regions()', () => {
  test('every pixel above the limit is in one region, and its numbers are those of its pixels', () => {
    fc.assert(
      fc.property(maps, fc.double({ min: -2, max: 2, noNaN: true }), (prediction, limit) => {
        const { anomalyMap, width, height } = prediction;
        const found = regions(prediction, limit);
        const above = anomalyMap.filter((value) => value > limit);
        expect(found.reduce((sum, { area }) => sum + area, 0)).toBe(above.length);
        expect(found.reduce((sum, { mean, area }) => sum + mean * area, 0)).toBeCloseTo(
          above.reduce((a, b) => a + b, 0),
          4,
        );
        expect(found.map(({ peak }) => peak)).toEqual(found.map(({ peak }) => peak).sort((a, b) => b - a));
        if (above.length > 0) expect(found[0]?.peak).toBe(Math.max(...above));
        for (const { box, share, area, extent, outline } of found) {
          expect(share).toBeCloseTo(area / (width * height), 10);
          expect(box.left).toBeGreaterThanOrEqual(0);
          expect(box.left + box.width).toBeLessThanOrEqual(width);
          expect(box.top + box.height).toBeLessThanOrEqual(height);
          // A level line may run up to a pixel outside the pixels above it.
          expect(extent).toBeLessThanOrEqual(Math.hypot(box.width + 1, box.height + 1) + 1e-9);
          for (const ring of outline) expect(ring.length).toBeGreaterThanOrEqual(3);
        }
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  test('the area within the outline is that of the pixels, to half a pixel along the border', () => {
    fc.assert(
      fc.property(maps, fc.double({ min: -2, max: 2, noNaN: true }), (prediction, limit) => {
        const { anomalyMap, width, height } = prediction;
        const found = regions(prediction, limit);
        const parts = components(anomalyMap, { width, height }, limit);
        const byPeak = parts.sort((a, b) => peakOf(b.pixels) - peakOf(a.pixels));
        function peakOf(pixels: Int32Array) {
          return pixels.reduce((peak, pixel) => Math.max(peak, anomalyMap[pixel] ?? Number.NaN), -9);
        }
        found.forEach((region, i) => {
          const own = new Set(byPeak[i]?.pixels);
          const edges = [...own].reduce((sum, pixel) => {
            const near = [pixel - width, pixel + width];
            if (pixel % width > 0) near.push(pixel - 1);
            if (pixel % width < width - 1) near.push(pixel + 1);
            return sum + 4 - near.filter((neighbour) => own.has(neighbour)).length;
          }, 0);
          // Half a pixel for the level line, and half a pixel for leaving points out.
          expect(Math.abs(polygonArea(region) - region.area)).toBeLessThanOrEqual(edges + 1e-9);
        });
      }),
      { numRuns: 150, seed: 2 },
    );
  });

  test('the outline of a disc is round to half a pixel, and its hole is there', () => {
    const [width, height] = [97, 89];
    const anomalyMap = Float32Array.from({ length: width * height }, (_, i) => {
      const away = Math.hypot((i % width) + 0.5 - 50, Math.floor(i / width) + 0.5 - 40);
      return Math.min(30 - away, away - 10);
    });
    const [disc, ...others] = regions({ anomalyMap, width, height }, 0);
    expect(others).toEqual([]);
    const [outer = [], inner = [], ...more] = disc?.outline ?? [];
    expect(more).toEqual([]);
    for (const [x, y] of outer) expect(Math.abs(Math.hypot(x - 50, y - 40) - 30)).toBeLessThan(0.1);
    for (const [x, y] of inner) expect(Math.abs(Math.hypot(x - 50, y - 40) - 10)).toBeLessThan(0.1);
    expect(disc?.area).toBeCloseTo(Math.PI * (900 - 100), -1);
    expect(disc?.extent).toBeGreaterThan(59);
    expect(disc?.extent).toBeLessThan(60.1);
    // Far fewer points than the line crosses pixels.
    expect(outer.length).toBeLessThan(40);
    const mask = { width, height, data: new Uint8Array(width * height) };
    fillRings(mask, disc?.outline ?? []);
    const wrong = mask.data.filter(
      (value, i) => value !== Number((anomalyMap[i] ?? 0) > 0.6) && Math.abs(anomalyMap[i] ?? 0) > 0.6,
    );
    expect(wrong.length).toBe(0);
  });

  test('a region at the border reaches the border', () => {
    const [found] = regions({ anomalyMap: new Float32Array(7 * 3).fill(5), width: 7, height: 3 }, 1);
    expect(found?.outline.map((ring) => Math.abs(ringArea(ring)))).toEqual([16.5]);
    // At the size of a real image the corners that the simplified line cuts off do not count.
    const frame = { image: { width: 70, height: 30 }, left: 0, top: 0, scale: [10, 10] } as const;
    const anomalyMap = new Float32Array(7 * 3).fill(5);
    const [large] = regions({ anomalyMap, width: 7, height: 3, frame }, 1);
    expect(large?.outline.map((ring) => Math.abs(ringArea(ring)))).toEqual([2050]);
    expect(found).toMatchObject({ area: 21, share: 1, box: { left: 0, top: 0, width: 7, height: 3 } });
  });

  test('pixels that touch with a corner are two regions; the limit itself is not above the limit', () => {
    const anomalyMap = Float32Array.of(3, 0, 0, 2);
    expect(regions({ anomalyMap, width: 2, height: 2 }, 1)).toHaveLength(2);
    expect(regions({ anomalyMap, width: 2, height: 2 }, 2).map(({ area }) => area)).toEqual([1]);
    expect(regions({ anomalyMap, width: 2, height: 2 }, 3)).toEqual([]);
  });

  test('lies where the image was resized, padded or cropped', () => {
    const [width, height] = [8, 8];
    const anomalyMap = new Float32Array(64);
    for (const i of [27, 28, 35, 36]) anomalyMap[i] = 2;
    const settings = { width, height, filter: 'bilinear' } as const;
    const at = (image: { width: number; height: number }, more: object) => {
      const frame = mapFrame(image, { ...settings, ...more });
      return regions({ anomalyMap, width, height, frame }, 1)[0];
    };
    expect(at({ width: 80, height: 40 }, {})).toMatchObject({
      box: { left: 30, top: 15, width: 20, height: 10 },
      area: 200,
      share: 200 / 3200,
    });
    expect(at({ width: 80, height: 40 }, { padToSquare: true })).toMatchObject({
      box: { left: 30, top: 10, width: 20, height: 20 },
      area: 400,
    });
    expect(at({ width: 160, height: 160 }, { resize: 16 })).toMatchObject({
      box: { left: 70, top: 70, width: 20, height: 20 },
      area: 400,
    });
  });

  test('what was padded is not of the image', () => {
    const frame = mapFrame(
      { width: 8, height: 4 },
      { width: 8, height: 8, filter: 'bilinear', padToSquare: true },
    );
    const anomalyMap = new Float32Array(64).fill(3);
    const [found, ...others] = regions({ anomalyMap, width: 8, height: 8, frame }, 1);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ area: 32, share: 1, box: { left: 0, top: 0, width: 8, height: 4 } });
  });

  test('refuses a map of another size and a limit that is no number', () => {
    const anomalyMap = new Float32Array(5);
    expect(() => regions({ anomalyMap, width: 2, height: 2 }, 1)).toThrow('a map of 2x2 has 4 values, got 5');
    expect(() => regions({ anomalyMap, width: 5, height: 1 }, Number.NaN)).toThrow('got NaN');
  });
});

test('a simplified ring stays within the tolerance of every point it left out', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 60 }), fc.integer({ min: 0, max: 1e6 }), (count, seed) => {
      const random = new Random(seed);
      const ring = Array.from({ length: count }, (_, i) => {
        const radius = 5 + random.uniform();
        return [radius * Math.cos((6.28 * i) / count), radius * Math.sin((6.28 * i) / count)] as const;
      });
      const simple = simplified(ring, 0.5);
      const away = (point: readonly [number, number]) =>
        Math.min(
          ...simple.map((a, i) => {
            const b = simple[(i + 1) % simple.length] ?? a;
            const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
            const t = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy || 1);
            const share = Math.min(1, Math.max(0, t));
            return Math.hypot(point[0] - a[0] - share * dx, point[1] - a[1] - share * dy);
          }),
        );
      for (const point of ring) expect(away(point)).toBeLessThanOrEqual(0.5 + 1e-9);
    }),
    { numRuns: 200, seed: 3 },
  );
});
