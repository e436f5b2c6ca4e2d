import { Random } from '@mint/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PixelMetricsStream, pixelMetrics, type StreamedPixelMetrics } from '../index.js';

const SIZE = { width: 7, height: 5 };
const PIXELS = 35;
const NAMES = ['auroc', 'ap', 'f1Max', 'iouMax', 'auPro'] as const;

/** Images whose scores are often equal, or so close that they share a bin. */
const stacks = fc
  .record({
    seed: fc.nat(),
    images: fc.integer({ min: 1, max: 6 }),
    spread: fc.constantFrom(1e-6, 1e-4, 1e-2, 10),
    density: fc.constantFrom(0.05, 0.3, 0.6),
    fprLimit: fc.constantFrom(0.01, 0.3, 1),
    exactPixels: fc.constantFrom(0, PIXELS, 2 * PIXELS, 1000),
  })
  .map(({ seed, images, spread, density, ...options }) => {
    const random = new Random(seed);
    const masks = Uint8Array.from({ length: images * PIXELS }, () => Number(random.uniform() < density));
    masks.set([0, 1]);
    const maps = Float32Array.from(
      masks,
      (mask) => (random.uniform() < 0.5 ? 1 : -1) * (1 + spread * (random.int(50) + 10 * mask)),
    );
    return { maps, masks, images, random, options };
  });

const image = <T extends Float32Array | Uint8Array>(stack: T, i: number) =>
  stack.subarray(i * PIXELS, (i + 1) * PIXELS) as T;

test('the error holds: the exact value is never further away, and it is 0 while all pixels fit', () => {
  fc.assert(
    fc.property(stacks, ({ maps, masks, images, options }) => {
      const stream = new PixelMetricsStream(SIZE, options);
      for (let i = 0; i < images; i++) stream.update(image(maps, i), image(masks, i));
      const got = stream.compute();
      const exact = pixelMetrics(maps, masks, SIZE, options);
      for (const name of NAMES) {
        if (maps.length <= options.exactPixels) expect(got[name].error).toBe(0);
        expect(Math.abs(got[name].value - exact[name])).toBeLessThanOrEqual(got[name].error + 1e-12);
      }
      expect(got.pixels).toBe(maps.length);
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('images of other sizes can come in between; regions are found in each as it is', () => {
  const stream = new PixelMetricsStream({ width: 4, height: 1 }, { fprLimit: 1 });
  const mask = [1, 0, 1, 0];
  // Two regions in a row of four, one in a square of two by two, of which half is found before the first false alarm.
  stream.update(Float32Array.of(4, 2, 4, 0), mask);
  stream.update(Float32Array.of(4, 2, 1, 0), mask, { width: 2, height: 2 });
  expect(stream.compute().auPro.value).toBeCloseTo((0.5 * (1 + 1 + 0.5)) / 3 + 0.5, 12);
  expect(() => stream.update(new Float32Array(4), mask, { width: 3, height: 1 })).toThrow(
    expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
  );
});

describe('errors by hand: how far the pixels of a bin, put in any order, can move a metric', () => {
  const near = 1 + 2 ** -23; // shares the bin of 1

  test('one anomalous and one normal pixel of two each, two regions, limit 0.3', () => {
    const stream = new PixelMetricsStream({ width: 4, height: 1 }, { exactPixels: 0 });
    stream.update(Float32Array.of(1, near, 2, 0.5), [1, 0, 1, 0]);
    const { auroc, ap, f1Max, f1Threshold, iouMax, auPro } = stream.compute();
    expect(auroc).toEqual({ value: 3.5 / 4, error: 0.5 / 4 });
    expect(f1Threshold).toBe(1);
    expect(f1Max).toEqual({ value: 4 / 5, error: 1 - 4 / 5 });
    expect(iouMax).toEqual({ value: 2 / 3, error: 1 - 2 / 3 });
    // All is right when the anomalous pixel comes first.
    expect(ap.value).toBeCloseTo(5 / 6, 14);
    expect(ap.error).toBeCloseTo(1 / 6, 14);
    // To the limit of 0.6 pixels the overlap grows from 1/2 to 8/10, or is 1 at once.
    expect(auPro.value).toBeCloseTo(0.65, 14);
    expect(auPro.error).toBeCloseTo(0.35, 14);
  });

  test('AP falls furthest below when the normal pixel of a bin of five comes first', () => {
    const stream = new PixelMetricsStream({ width: 9, height: 1 }, { exactPixels: 0 });
    stream.update(Float32Array.of(1, 1, near, near, 1, 2, 2, 2, 2), [1, 1, 1, 1, 0, 0, 0, 0, 0]);
    const { ap } = stream.compute();
    expect(ap.value).toBeCloseTo(4 / 9, 14);
    // The mean of k/(k + 5) over k = 1 … 4 is 0.318; its bound is the integral, (4 − 5·ln(9/5))/4.
    expect(ap.error).toBeCloseTo(4 / 9 - (4 - 5 * Math.log(9 / 5)) / 4, 14);
  });

  test('AUPRO adds up over bins, and the last one counts to the limit', () => {
    // Bins of one anomalous and two normal pixels each; the limit of 0.5 lies in the middle of the second of three.
    const stream = new PixelMetricsStream({ width: 9, height: 1 }, { exactPixels: 0, fprLimit: 0.5 });
    stream.update(Float32Array.of(3, 3, 3, 2, 2, 2, 1, 1, 1), [1, 0, 0, 1, 0, 0, 1, 0, 0]);
    const { auPro } = stream.compute();
    // Pixels times regions: 2·(1/2) and 1·(1 + 1/4) of 3·3; at once: 2·1 and 1·2.
    expect(auPro.value).toBeCloseTo(2.25 / 9, 14);
    expect(auPro.error).toBeCloseTo((4 - 2.25) / 9, 14);
  });
});

test('streams merged in any order, exact or not, give the same metrics', () => {
  fc.assert(
    fc.property(stacks, fc.array(fc.nat(2), { minLength: 6, maxLength: 6 }), (stack, parts) => {
      const { maps, masks, images, random, options } = stack;
      const streams = [0, 1, 2].map(() => new PixelMetricsStream(SIZE, options));
      for (const i of random.shuffle([...Array(images).keys()])) {
        streams[parts[i] ?? 0]?.update(image(maps, i), image(masks, i));
      }
      const merged = new PixelMetricsStream(SIZE, options);
      for (const stream of random.shuffle(streams)) merged.merge(stream);
      const whole = new PixelMetricsStream(SIZE, options);
      whole.update(maps, masks);
      expectSame(merged.compute(), whole.compute());
    }),
    { numRuns: 100, seed: 2 },
  );
});

function expectSame(got: StreamedPixelMetrics, want: StreamedPixelMetrics): void {
  for (const name of NAMES) {
    expect(Math.abs(got[name].value - want[name].value)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(got[name].error - want[name].error)).toBeLessThanOrEqual(1e-12);
  }
  expect(got.f1Threshold).toBe(want.f1Threshold);
  expect(got.pixels).toBe(want.pixels);
}

test('a merged stream is left as it was, and both may go on', () => {
  const [maps, masks] = [Float32Array.from({ length: PIXELS }, (_, i) => i % 11), new Uint8Array(PIXELS)];
  masks.fill(1, 3, 9);
  for (const exactPixels of [0, 1000]) {
    const [a, b] = [
      new PixelMetricsStream(SIZE, { exactPixels }),
      new PixelMetricsStream(SIZE, { exactPixels }),
    ];
    a.update(maps, masks);
    const alone = a.compute();
    b.merge(a);
    b.update(
      maps.map((score) => -score),
      masks,
    );
    expect(a.compute()).toEqual(alone);
    expect(b.compute().pixels).toBe(2 * PIXELS);
  }
});

test('as many pixels as are kept are exact, one more are not', () => {
  const [maps, masks] = [Float32Array.of(1, 1 + 2 ** -23, 2, 0.5), [1, 0, 1, 0]];
  for (const [exactPixels, error] of [
    [4, 0],
    [3, 0.5 / 4],
  ] as const) {
    const stream = new PixelMetricsStream({ width: 4, height: 1 }, { exactPixels });
    stream.update(maps, masks);
    expect(stream.compute().auroc.error).toBe(error);
  }
});

test('once there are bins, what comes goes into them', () => {
  const [size, maps, masks] = [{ width: 4, height: 1 }, Float32Array.of(4, 3, 2, 1), [1, 0, 1, 0]];
  const [binned, kept] = [0, 1000].map((exactPixels) => new PixelMetricsStream(size, { exactPixels }));
  binned?.update(maps, masks);
  if (binned !== undefined) kept?.merge(binned);
  kept?.update(
    maps.map((score) => -score),
    masks,
  );
  const { auroc, f1Max, pixels } = kept?.compute() ?? {};
  // Of 16 pairs 3 are in order in the first, 1 in the second image, and 4 of those across, which are all or none.
  expect(auroc?.value).toBe(8 / 16);
  expect(f1Max?.value).toBeCloseTo(8 / 12, 14);
  expect(pixels).toBe(8);
});

test('infinities and zeros of both signs have bins of their own', () => {
  const scores = [Number.POSITIVE_INFINITY, 3.4e38, 1e-45, 0, -0, -1e-45, -3.4e38, Number.NEGATIVE_INFINITY];
  const stream = new PixelMetricsStream({ width: 8, height: 1 }, { exactPixels: 0 });
  stream.update(Float32Array.from(scores), [1, 0, 1, 1, 0, 1, 0, 1]);
  expect(stream.compute().f1Threshold).toBe(Number.NEGATIVE_INFINITY);
  const first = new PixelMetricsStream({ width: 8, height: 1 }, { exactPixels: 0 });
  first.update(Float32Array.from(scores), [1, 0, 0, 0, 0, 0, 0, 0]);
  expect(first.compute()).toMatchObject({
    f1Threshold: Number.POSITIVE_INFINITY,
    auroc: { value: 1, error: 0 },
  });
});

describe('errors', () => {
  const code = (expected: string) => expect.objectContaining({ code: expected });

  test('a batch that is refused adds nothing', () => {
    const stream = new PixelMetricsStream(SIZE);
    expect(() => stream.update(new Float32Array(PIXELS).fill(Number.NaN), new Uint8Array(PIXELS))).toThrow(
      code('INVALID_ARGUMENT'),
    );
    expect(() => stream.update(new Float32Array(PIXELS), new Uint8Array(PIXELS).fill(255))).toThrow(
      code('INVALID_ARGUMENT'),
    );
    expect(() => stream.update(new Float32Array(PIXELS), new Uint8Array(1))).toThrow(code('SHAPE_MISMATCH'));
    expect(() => stream.update(new Float32Array(PIXELS + 1), new Uint8Array(PIXELS + 1))).toThrow(
      code('SHAPE_MISMATCH'),
    );
    expect(() => stream.compute()).toThrow('there are no samples');
    stream.update(new Float32Array(PIXELS), new Uint8Array(PIXELS));
    expect(() => stream.compute()).toThrow('there are only normal samples');
  });

  test('options and merges that do not fit', () => {
    for (const options of [{ fprLimit: 0 }, { exactPixels: -1 }, { exactPixels: 0.5 }]) {
      expect(() => new PixelMetricsStream(SIZE, options)).toThrow(code('INVALID_ARGUMENT'));
    }
    const stream = new PixelMetricsStream(SIZE);
    expect(() => stream.merge(new PixelMetricsStream({ width: 5, height: 7 }))).toThrow(
      'streams of 7x5, 8-connected and 5x7, 8-connected images cannot be merged',
    );
    expect(() => stream.merge(new PixelMetricsStream(SIZE, { connectivity: 4 }))).toThrow(
      code('INVALID_ARGUMENT'),
    );
  });
});
