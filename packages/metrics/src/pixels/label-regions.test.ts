import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelRegions } from '../index.js';

/** Every pixel takes the smallest index among its neighbours until nothing changes. */
function spread(masks: Uint8Array, width: number, height: number, reach: number): number[] {
  const roots = [...masks].map((mask, i) => (mask === 0 ? -1 : i));
  const place = (i: number) => ({
    x: i % width,
    y: Math.floor(i / width) % height,
    image: Math.floor(i / (width * height)),
  });
  for (let changed = true; changed; ) {
    changed = false;
    for (const i of roots.keys()) {
      for (const j of roots.keys()) {
        const [a, b] = [place(i), place(j)];
        const touching = a.image === b.image && (a.x - b.x) ** 2 + (a.y - b.y) ** 2 <= reach;
        const [mine = -1, other = -1] = [roots[i], roots[j]];
        if (!touching || other === -1 || mine <= other) continue;
        roots[i] = other;
        changed = true;
      }
    }
  }
  return roots;
}

describe.each([
  [4, 1],
  [8, 2],
] as const)('%d-connectivity', (connectivity, reach) => {
  test('finds the regions that spreading finds, numbered by their first pixels', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.nat());
    fc.assert(
      fc.property(sizes, ([width, height, seed]) => {
        const random = new Random(seed);
        const masks = Uint8Array.from({ length: 3 * width * height }, () => Number(random.uniform() < 0.5));
        const roots = spread(masks, width, height, reach);
        const order = [...new Set(roots.filter((root) => root >= 0))].sort((a, b) => a - b);
        const { labels, count } = labelRegions(masks, { width, height }, connectivity);
        expect([...labels]).toEqual(roots.map((root) => order.indexOf(root) + 1));
        expect(count).toBe(order.length);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

test('regions that meet across the edge of two images, or of two rows, stay apart', () => {
  const masks = Uint8Array.of(0, 0, 1, 1, 0, 0, /* next image */ 1, 0, 0, 0, 0, 1);
  expect(labelRegions(masks, { width: 3, height: 2 })).toEqual({
    labels: Int32Array.of(0, 0, 1, 2, 0, 0, 3, 0, 0, 0, 0, 4),
    count: 4,
  });
});

test('a region of a million pixels does not run out of stack', () => {
  const masks = new Uint8Array(2 ** 20).fill(255);
  const { labels, count } = labelRegions(masks, { width: 1024, height: 1024 });
  expect(count).toBe(1);
  expect(labels.every((label) => label === 1)).toBe(true);
});

test('another connectivity is an error', () => {
  const message = 'labelRegions: `connectivity` must be 4 or 8, got 6.';
  expect(() => labelRegions([1], { width: 1, height: 1 }, 6 as 8)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message }),
  );
});
