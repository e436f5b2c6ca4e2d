import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { augment, batches, type Sample } from '../index.js';

const [WIDTH, HEIGHT] = [13, 13];
/** Every pixel of its own; the mask marks the red above 120, so that it follows from the image. */
const sample = (width = WIDTH, height = HEIGHT) => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    i % 3 === 0 ? (i * 5) % 241 : i % 256,
  );
  const mask = Uint8Array.from({ length: width * height }, (_, i) => ((data[3 * i] ?? 0) > 120 ? 1 : 0));
  return { image: { width, height, data }, mask: { width, height, data: mask } };
};
const seeds = Array.from({ length: 40 }, (_, i) => i);
const red = (data: Uint8Array, width: number, x: number, y: number) => data[3 * (y * width + x)];

describe('augment()', () => {
  test('without options gives the image back', () => {
    for (const seed of seeds) expect(augment(sample(7, 11), {}, seed)).toEqual(sample(7, 11));
  });

  test('equal seeds give equal variants, different seeds different ones; the input stays', () => {
    const options = {
      mirror: true,
      flip: true,
      quarterTurns: true,
      rotate: 20,
      brightness: 0.2,
      contrast: 0.2,
      colour: 0.1,
    };
    const input = sample();
    const first = augment(input, options, 5);
    expect(augment(input, options, 5)).toEqual(first);
    expect(input).toEqual(sample());
    const others = new Set(seeds.map((seed) => augment(input, options, seed).image.data.join()));
    expect(others.size).toBe(seeds.length);
  });

  test('mirrors about half of the images, exactly', () => {
    const { image } = sample(7, 11);
    const mirrored = seeds.filter((seed) => {
      const { data } = augment(sample(7, 11), { mirror: true }, seed).image;
      const same = data.every((value, i) => value === image.data[i]);
      const opposite = seeds.every(
        (k) => red(data, 7, k % 7, k % 11) === red(image.data, 7, 6 - (k % 7), k % 11),
      );
      expect(same || opposite).toBe(true);
      return !same;
    });
    expect(mirrored.length).toBeGreaterThan(10);
    expect(mirrored.length).toBeLessThan(30);
  });

  test('a quarter turn moves every pixel to its place, and four make a whole', () => {
    const { image } = sample();
    const variants = new Set<string>();
    for (const seed of seeds) {
      const { data } = augment(sample(), { quarterTurns: true }, seed).image;
      variants.add(data.join());
      const corner = red(data, WIDTH, 0, 0);
      const corners = [
        [0, 0],
        [12, 0],
        [12, 12],
        [0, 12],
      ].map(([x = 0, y = 0]) => red(image.data, WIDTH, x, y));
      expect(corners).toContain(corner);
      expect([...data].sort()).toEqual([...image.data].sort());
    }
    expect(variants.size).toBe(4);
    expect(() => augment(sample(5, 7), { quarterTurns: true }, 0)).toThrow('need a square image, got 5x7');
  });

  test('image and mask move together, whatever is drawn', () => {
    const options = { mirror: true, flip: true, quarterTurns: true };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const { image, mask } = augment(sample(), options, seed);
        expect([...(mask?.data ?? [])]).toEqual(
          Array.from({ length: WIDTH * HEIGHT }, (_, i) => ((image.data[3 * i] ?? 0) > 120 ? 1 : 0)),
        );
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  test('a small turn keeps the middle, moves the edge as far as the angle says, and the mask with it', () => {
    const [size, middle] = [101, 50];
    const data = new Uint8Array(size * size * 3);
    const bits = new Uint8Array(size * size);
    // A vertical bar, three pixels wide.
    for (let y = 0; y < size; y++)
      for (let x = middle - 1; x <= middle + 1; x++) {
        data[3 * (y * size + x)] = 255;
        bits[y * size + x] = 1;
      }
    for (const seed of seeds.slice(0, 10)) {
      const input = {
        image: { width: size, height: size, data },
        mask: { width: size, height: size, data: bits },
      };
      const { image, mask } = augment(input, { rotate: 30 }, seed);
      const centre = (row: number) => {
        let [weight, sum, marked, markedSum] = [0, 0, 0, 0];
        for (let x = 0; x < size; x++) {
          const value = red(image.data, size, x, row) ?? 0;
          weight += value;
          sum += value * x;
          marked += mask?.data[row * size + x] ?? 0;
          markedSum += (mask?.data[row * size + x] ?? 0) * x;
        }
        expect(Math.abs(sum / weight - markedSum / marked)).toBeLessThan(1);
        return sum / weight - middle;
      };
      expect(Math.abs(centre(middle))).toBeLessThan(0.5);
      expect(Math.abs(centre(middle - 30))).toBeLessThanOrEqual(30 * Math.tan(Math.PI / 6) + 0.5);
      expect(centre(middle - 30)).toBeCloseTo(-centre(middle + 30), 0);
    }
  });

  test('colour changes stay within their share and leave the mask alone', () => {
    const flat = {
      image: { width: 2, height: 1, data: new Uint8Array(6).fill(100) },
      mask: { width: 2, height: 1, data: Uint8Array.of(0, 1) },
    };
    for (const seed of seeds) {
      const { image, mask } = augment(flat, { brightness: 0.1 }, seed);
      expect(Math.min(...image.data)).toBeGreaterThanOrEqual(90);
      expect(Math.max(...image.data)).toBeLessThanOrEqual(110);
      expect(new Set(image.data).size).toBe(1);
      expect(mask?.data).toEqual(flat.mask.data);
    }
    const tinted = seeds.map((seed) => new Set(augment(flat, { colour: 0.3 }, seed).image.data).size);
    expect(Math.max(...tinted)).toBe(3);
  });

  test('switching one change on leaves the other changes as they were', () => {
    const plain = augment(sample(), { brightness: 0.3 }, 7).image;
    const both = augment(sample(), { brightness: 0.3, mirror: true, flip: true }, 7).image;
    expect([...both.data].sort()).toEqual([...plain.data].sort());
  });

  test.each([
    [{ rotate: 46 }, '`rotate` must lie in [0, 45], got 46'],
    [{ brightness: -0.1 }, '`brightness` must lie in [0, 1], got -0.1'],
  ])('refuses %o', (options, message) => {
    expect(() => augment(sample(), options, 0)).toThrow(message);
  });
});

test('batches() changes training images only, differently in each epoch, the same for a seed', async () => {
  const make = (split: Sample['split'], i: number): Sample => ({
    id: `a/${split}/good/${i}`,
    className: 'a',
    classIndex: 0,
    split,
    label: 'normal',
    render: () => sample(),
  });
  const samples = [0, 1, 2, 3].map((i) => make(i < 3 ? 'train' : 'test', i));
  const pixels = async (epoch: number) => {
    const preprocessing = { width: WIDTH, height: HEIGHT, filter: 'bilinear' } as const;
    const options = { batchSize: 4, preprocessing, epoch, augment: { rotate: 30, brightness: 0.2 } };
    for await (const { images, masks } of batches(samples, options))
      return Array.from({ length: 4 }, (_, i) => ({
        image: [...images.subarray(i * 3 * WIDTH * HEIGHT, (i + 1) * 3 * WIDTH * HEIGHT)],
        mask: masks[i]?.data,
      }));
    return [];
  };
  const [first, again, next] = [await pixels(0), await pixels(0), await pixels(1)];
  expect(again).toEqual(first);
  expect(first[3]).toEqual({ image: [...sample().image.data], mask: sample().mask.data });
  const variants = new Set([...first.slice(0, 3), ...next.slice(0, 3)].map(({ image }) => image.join()));
  expect(variants.size).toBe(6);
});
