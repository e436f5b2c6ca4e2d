import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  autoTiles,
  createTileMerger,
  cutTile,
  cutTileMask,
  mergeTiles,
  planTiles,
  prepareImage,
  tileGrid,
  tileInput,
  tileWeights,
} from '../index.js';

/** Images and tiles of unequal sides, smaller and larger than each other. */
const layouts = fc
  .record({
    width: fc.integer({ min: 1, max: 90 }),
    height: fc.integer({ min: 1, max: 90 }),
    tileWidth: fc.integer({ min: 1, max: 40 }),
    tileHeight: fc.integer({ min: 1, max: 40 }),
    share: fc.double({ min: 0, max: 0.49, noNaN: true }),
  })
  .map(({ width, height, tileWidth, tileHeight, share }) => {
    const overlap = Math.floor(share * Math.min(tileWidth, tileHeight));
    return { overlap, grid: tileGrid(width, height, { width: tileWidth, height: tileHeight, overlap }) };
  });
const check = <T>(property: fc.IProperty<[T]>) => fc.assert(property, { numRuns: 150, seed: 3 });

const unequal = (a: Float32Array, b: Float32Array) =>
  a.length === b.length ? a.reduce((n, value, i) => n + (value === b[i] ? 0 : 1), 0) : -1;

describe('tileGrid()', () => {
  test('covers every pixel, stays inside, and neighbours overlap as asked', () => {
    check(
      fc.property(layouts, ({ grid, overlap }) => {
        const covered = new Uint8Array(grid.width * grid.height);
        for (const { left, top, width, height } of grid.tiles) {
          expect(left >= 0 && top >= 0 && left + width <= grid.width && top + height <= grid.height).toBe(
            true,
          );
          for (let y = top; y < top + height; y++)
            covered.fill(1, y * grid.width + left, y * grid.width + left + width);
        }
        expect(covered.every((value) => value === 1)).toBe(true);
        const columns = [...new Set(grid.tiles.map(({ left }) => left))];
        columns.slice(1).forEach((left, i) => {
          expect((columns[i] ?? 0) + (grid.tiles[0]?.width ?? 0) - left).toBeGreaterThanOrEqual(overlap);
        });
      }),
    );
  });

  test('makes as few tiles as the overlap allows, spread evenly', () => {
    const { tiles } = tileGrid(100, 7, { width: 40, height: 9, overlap: 10 });
    expect(tiles).toEqual([0, 30, 60].map((left) => ({ left, top: 0, width: 40, height: 7 })));
    expect(tileGrid(101, 7, { width: 40, height: 9, overlap: 10 }).tiles.map(({ left }) => left)).toEqual([
      0, 20, 41, 61,
    ]);
    expect(() => tileGrid(9, 9, { width: 4, height: 4, overlap: 2 })).toThrow(
      '`overlap` must be an integer from 0 to 1',
    );
  });
});

describe('merging', () => {
  test('weights sum to 1 at every pixel and none is negative', () => {
    check(
      fc.property(layouts, ({ grid }) => {
        const sum = new Float64Array(grid.width * grid.height);
        tileWeights(grid).forEach((weights, t) => {
          const tile = grid.tiles[t] ?? { left: 0, top: 0, width: 0, height: 0 };
          expect(weights.every((weight) => weight > 0)).toBe(true);
          weights.forEach((weight, i) => {
            const at = (tile.top + Math.floor(i / tile.width)) * grid.width + tile.left + (i % tile.width);
            sum[at] = (sum[at] ?? 0) + weight;
          });
        });
        expect(Math.max(...sum.map((value) => Math.abs(value - 1)))).toBeLessThan(1e-12);
      }),
    );
  });

  test('tiles cut from one map merge to that map exactly, a constant one too', () => {
    check(
      fc.property(
        fc.tuple(layouts, fc.float({ noNaN: true, noDefaultInfinity: true })),
        ([{ grid }, constant]) => {
          const whole = Float32Array.from({ length: grid.width * grid.height }, (_, i) =>
            Math.fround(Math.sin(i) * 37),
          );
          const cut = (map: Float32Array) =>
            grid.tiles.map(({ left, top, width, height }) =>
              Float32Array.from({ length: width * height }, (_, i) => {
                return map[(top + Math.floor(i / width)) * grid.width + left + (i % width)] ?? Number.NaN;
              }),
            );
          expect(unequal(mergeTiles(cut(whole), grid), whole)).toBe(0);
          // A zero merges to zero, of whichever sign.
          const flat = whole.map(() => constant + 0);
          expect(unequal(mergeTiles(cut(flat), grid), flat)).toBe(0);
        },
      ),
    );
  });

  test('no seam: where two tiles disagree by 1 the merged map changes by a step no larger than the overlap allows', () => {
    const grid = tileGrid(70, 11, { width: 40, height: 11, overlap: 10 });
    const maps = grid.tiles.map(({ width, height }, t) => new Float32Array(width * height).fill(t));
    const merged = mergeTiles(maps, grid);
    for (let x = 1; x < 70; x++) {
      const step = (merged[5 * 70 + x] ?? 0) - (merged[5 * 70 + x - 1] ?? 0);
      expect(step).toBeGreaterThanOrEqual(0);
      expect(step).toBeLessThan(0.1);
    }
    expect([merged[0], merged[69]]).toEqual([0, 1]);
  });

  test('a missing or misshapen map is refused', () => {
    const grid = tileGrid(7, 5, { width: 5, height: 5, overlap: 1 });
    expect(() => mergeTiles([new Float32Array(25)], grid)).toThrow(
      'expected 2 maps of 25 values each, got 1.',
    );
    const maps = [25, 25, 25].map((length) => new Float32Array(length));
    expect(() => mergeTiles(maps, grid)).toThrow('got one more');
    expect(() => createTileMerger(grid).add(new Float32Array(24))).toThrow('got one of 24');
  });
});

test('cutTile() and cutTileMask() take the rectangle', () => {
  const image = { width: 5, height: 3, data: Uint8Array.from({ length: 45 }, (_, i) => i) };
  expect([...cutTile(image, { left: 3, top: 1, width: 2, height: 2 }).data]).toEqual([
    ...[24, 25, 26, 27, 28, 29],
    ...[39, 40, 41, 42, 43, 44],
  ]);
  const mask = { width: 5, height: 3, data: Uint8Array.from({ length: 15 }, (_, i) => i) };
  expect([...cutTileMask(mask, { left: 1, top: 0, width: 1, height: 3 }).data]).toEqual([1, 6, 11]);
});

describe('autoTiles()', () => {
  const input = { width: 224, height: 224 };

  test('leaves an image whole that is not much larger than the input', () => {
    expect(autoTiles({ width: 336, height: 300 }, input)).toBeUndefined();
    expect(autoTiles({ width: 337, height: 100 }, input)?.tiles).toEqual([
      { left: 0, top: 0, width: 224, height: 100 },
      { left: 113, top: 0, width: 224, height: 100 },
    ]);
  });
});

describe('planTiles()', () => {
  const tile = { bytesPerTile: 50e6, featureBytes: 213_248 };
  const gridOf = (width: number, height: number) => tileGrid(width, height, { width: 224, height: 224 });

  test('plans as many tiles per batch as the memory allows', () => {
    const grid = gridOf(2000, 1500);
    expect(grid.tiles).toHaveLength(11 * 8);
    const plan = planTiles(grid, tile);
    expect(plan.bytes).toBeLessThanOrEqual(2 ** 31);
    expect(plan.bytes + tile.bytesPerTile).toBeGreaterThan(2 ** 31);
    expect(planTiles(gridOf(300, 400), { ...tile, limit: 1e12 })).toMatchObject({ batchSize: 4 });
  });

  test('refuses an image that does not fit, with both numbers', () => {
    const plan = () => planTiles(gridOf(8000, 8000), { ...tile, limit: 2 ** 30 });
    expect(plan).toThrow(expect.objectContaining({ code: 'IMAGE_TOO_LARGE' }));
    expect(plan).toThrow(/8000x8000 in \d+ tiles needs about \d+ bytes, the limit is 1073741824/);
  });
});

describe('prepareImage()', () => {
  const imageOf = (width: number, height: number) => ({
    image: {
      width,
      height,
      data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 251),
    },
    mask: {
      width,
      height,
      data: Uint8Array.from({ length: width * height }, (_, i) => Number(i % 5 === 0)),
    },
  });
  const preprocessing = { width: 11, height: 13, filter: 'bilinear' } as const;
  const tiled = { ...preprocessing, tiles: 'auto' } as const;

  test('a small image is what it is without tiles; a large one stays as taken', () => {
    for (const [width, height] of [
      [11, 13],
      [7, 19],
      [16, 17],
    ] as const) {
      const whole = prepareImage(imageOf(width, height), tiled);
      expect(whole).toEqual(prepareImage(imageOf(width, height), preprocessing));
      expect(whole.image).toMatchObject({ width: 11, height: 13 });
    }
    const large = imageOf(37, 29);
    expect(prepareImage(large, tiled)).toEqual({
      ...large,
      size: { width: 37, height: 29 },
      grid: autoTiles(large.image, tiled),
    });
  });

  test('tiles are pieces of the image; only a side shorter than the input is stretched', () => {
    const { image } = imageOf(37, 29);
    const [tile = { left: 0, top: 0, width: 0, height: 0 }] = autoTiles(image, tiled)?.tiles ?? [];
    expect(tileInput(image, tile, tiled)).toEqual(cutTile(image, tile));
    const low = imageOf(37, 5).image;
    const inputs = (autoTiles(low, tiled)?.tiles ?? []).map((t) => tileInput(low, t, tiled));
    expect(inputs.map(({ width, height }) => `${width}x${height}`)).toEqual(Array(4).fill('11x13'));
  });

  test.each([{ resize: 20 }, { padToSquare: true }, { jpegDraft: true }])(
    'refuses tiles with %o',
    (other) => {
      expect(() => prepareImage(imageOf(37, 29), { ...tiled, ...other })).toThrow(
        `it cannot be combined with \`${Object.keys(other)[0]}\`.`,
      );
    },
  );
});
