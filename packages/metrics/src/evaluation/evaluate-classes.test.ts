import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import { auPimo, evaluateClasses, type ImageResult, imageMetrics, pixelMetrics } from '../index.js';

const SIZE = { width: 3, height: 2 };
const EMPTY = new Uint8Array(6);

const image = (className: string, score: number, rest: Partial<ImageResult> = {}): ImageResult => ({
  className,
  score,
  anomalous: rest.mask !== undefined,
  map: Float32Array.of(score, score / 2, -score, score * 1.5, 0, 1 / score),
  size: SIZE,
  ...rest,
});
const [left, right] = [Uint8Array.of(1, 0, 0, 1, 0, 0), Uint8Array.of(0, 0, 1, 0, 0, 0)];

const bottle = [
  image('bottle', 0.5),
  image('bottle', 2, { mask: left }),
  image('bottle', 0.25),
  image('bottle', 0.4, { mask: right }),
];
const nut = [image('nut', 5), image('nut', 3, { mask: right }), image('nut', 7, { mask: left })];

const withoutThreshold = <T extends { f1Threshold: number }>({ f1Threshold: _, ...metrics }: T) => metrics;
function expected(images: readonly ImageResult[]) {
  const image = withoutThreshold(
    imageMetrics(
      images.map(({ score }) => score),
      images.map(({ anomalous }) => Number(anomalous)),
    ),
  );
  return { imageAuroc: image.auroc, imageAp: image.ap, imageF1Max: image.f1Max, ...expectedPixels(images) };
}
function expectedPixels(images: readonly ImageResult[]) {
  const maps = Float32Array.from(images.flatMap(({ map }) => [...(map ?? [])]));
  const masks = Uint8Array.from(images.flatMap(({ mask }) => [...(mask ?? EMPTY)]));
  const pixel = withoutThreshold(pixelMetrics(maps, masks, SIZE));
  return {
    pixelAuroc: pixel.auroc,
    pixelAp: pixel.ap,
    pixelF1Max: pixel.f1Max,
    pixelIouMax: pixel.iouMax,
    auPro: pixel.auPro,
  };
}

test('per class, their mean, and pooled', () => {
  // Mixed order: the images of a class need not lie together.
  const [b0, b1, ...bRest] = bottle as [ImageResult, ImageResult, ...ImageResult[]];
  const { perClass, classMean, pooled } = evaluateClasses([b0, ...nut, b1, ...bRest]);
  expect(perClass).toEqual({
    bottle: { ...expected(bottle), normal: 2, anomalous: 2 },
    nut: { ...expected(nut), normal: 1, anomalous: 2 },
  });
  expect(classMean).not.toHaveProperty('normal');
  expect(classMean.imageAuroc).toBeCloseTo((expected(bottle).imageAuroc + expected(nut).imageAuroc) / 2, 14);
  expect(classMean.auPro).toBeCloseTo((expected(bottle).auPro + expected(nut).auPro) / 2, 14);
  const { imageAuroc, pixelF1Max, auPro } = expected([...bottle, ...nut]);
  expect(pooled).toMatchObject({ imageAuroc, pixelF1Max, normal: 3, anomalous: 4 });
  expect(pooled.auPro).toBeCloseTo(auPro, 14);
});

describe('a metric without a value is absent', () => {
  test('image metrics of a class with one kind of image, which also does not count in the mean', () => {
    const good = [image('good', 1), image('good', 9)];
    const { perClass, classMean, pooled } = evaluateClasses([...bottle, ...good]);
    expect(perClass.good).toEqual({ normal: 2, anomalous: 0 });
    expect(classMean).toEqual(expected(bottle));
    // Its images do count in the pooled image metrics, but not in the pooled pixel metrics: it has no masks.
    expect(pooled.imageAuroc).toBe(imageMetrics([0.5, 2, 0.25, 0.4, 1, 9], [0, 1, 0, 1, 0, 0]).auroc);
    expect(pooled).toMatchObject(expectedPixels(bottle));
  });

  test('image metrics of a class with defects only', () => {
    const odd = [image('odd', 1, { anomalous: true }), image('odd', 2, { anomalous: true })];
    expect(evaluateClasses(odd).perClass.odd).toStrictEqual({ normal: 0, anomalous: 2 });
  });

  test('pixel metrics of a class without masks', () => {
    const bare = [image('bare', 1), image('bare', 2, { anomalous: true })];
    const { perClass, classMean, pooled } = evaluateClasses([...bottle, ...bare]);
    expect(pooled).toMatchObject(expectedPixels(bottle));
    expect(perClass.bare).toEqual({ imageAuroc: 1, imageAp: 1, imageF1Max: 1, normal: 1, anomalous: 1 });
    expect(classMean.pixelAuroc).toBe(expected(bottle).pixelAuroc);
    expect(classMean.imageAuroc).toBe((expected(bottle).imageAuroc + 1) / 2);
  });

  test('pixel metrics of a class of normal images, also when their empty masks are given', () => {
    const good = [1, 9].map((score) => image('good', score, { mask: EMPTY, anomalous: false }));
    const { perClass, pooled } = evaluateClasses([...bottle, ...good]);
    expect(perClass.good).toStrictEqual({ normal: 2, anomalous: 0 });
    expect(pooled).toMatchObject(expectedPixels(bottle));
  });

  test('pixel metrics when the masks are empty, or the masked images have no map', () => {
    for (const odd of [image('odd', 2, { mask: EMPTY }), withoutMap(image('odd', 2, { mask: left }))]) {
      const { perClass } = evaluateClasses([image('odd', 1), odd]);
      expect(perClass.odd).toEqual({ imageAuroc: 1, imageAp: 1, imageF1Max: 1, normal: 1, anomalous: 1 });
    }
  });

  test('everything when there are no images', () => {
    expect(evaluateClasses([])).toEqual({ perClass: {}, classMean: {}, pooled: { normal: 0, anomalous: 0 } });
  });
});

test('an anomalous image without a mask counts for the image, not for its pixels', () => {
  const { perClass } = evaluateClasses([...bottle, image('bottle', 100, { anomalous: true })]);
  expect(perClass.bottle).toMatchObject({ ...expectedPixels(bottle), normal: 2, anomalous: 3 });
  expect(perClass.bottle?.imageAuroc).toBe(imageMetrics([0.5, 2, 0.25, 0.4, 100], [0, 1, 0, 1, 1]).auroc);
});

describe('intervals', () => {
  const intervals = { seed: 2, replicates: 100 };

  test('of the means over classes do not see a class without the metric', () => {
    const [good, bad] = [false, true].map((anomalous) =>
      [1, 2, 3].map((score) => ({ className: anomalous ? 'bad' : 'good', score, anomalous })),
    ) as [ImageResult[], ImageResult[]];
    const { classMean } = evaluateClasses([...bottle, ...nut], { intervals });
    const more = evaluateClasses([...bottle, ...good, ...nut, ...bad], { intervals });
    expect(more.classMean).toStrictEqual(classMean);
    expect(more.classMean.intervals?.imageAp?.every(Number.isFinite)).toBe(true);
    expect([more.perClass.good, more.perClass.bad]).toStrictEqual([
      { normal: 3, anomalous: 0, intervals: {} },
      { normal: 0, anomalous: 3, intervals: {} },
    ]);
  });

  test('do not count draws that miss every mask', () => {
    // The map is right wherever there is a mask, so every draw that counts has the value 1.
    const found = image('odd', 1, { mask: left, map: Float32Array.from(left) });
    const vanished = image('odd', 1, { mask: EMPTY, map: new Float32Array(6) });
    const normal = image('odd', 0.5, { map: new Float32Array(6) });
    const { pooled } = evaluateClasses([normal, found, vanished, vanished, vanished], { intervals });
    expect(pooled.intervals?.pixelAuroc).toEqual([1, 1]);
    expect(pooled.intervals?.auPro).toEqual([1, 1]);
  });
});

describe('AUPIMO', () => {
  const size = { width: 125, height: 80 };
  const random = new Random(8);
  const large = (anomalous: boolean, from: number, to: number): ImageResult => {
    const mask = new Uint8Array(10_000).fill(1, from, to);
    const map = Float32Array.from(mask, (value) => random.normal() + 4 * value);
    return { className: 'large', score: 1, anomalous, map, size, ...(anomalous ? { mask } : {}) };
  };
  const [good, a, b] = [large(false, 0, 0), large(true, 30, 90), large(true, 500, 2500)] as const;
  const stack = (images: ImageResult[]) => ({
    maps: Float32Array.from(images.flatMap(({ map }) => [...(map ?? [])])),
    masks: Uint8Array.from(images.flatMap(({ mask }) => [...(mask ?? new Uint8Array(10_000))])),
  });

  test('is the mean over images, and there from 10,000 normal pixels on', () => {
    const { maps, masks } = stack([good, a, b]);
    const { mean, perImage } = auPimo(maps, masks, size);
    expect(evaluateClasses([good, a, b]).perClass.large?.auPimo).toBe(mean);
    expect(perImage[0]).not.toBe(perImage[1]);
    expect(
      evaluateClasses([{ ...good, anomalous: true, mask: new Uint8Array(10_000) }, a, b]).pooled,
    ).not.toHaveProperty('auPimo');
  });

  test('an anomalous image whose mask is empty does not count as normal', () => {
    const vanished = { ...large(true, 0, 0), map: new Float32Array(10_000).fill(99) };
    const { auPimo: value } = evaluateClasses([good, a, vanished, b]).pooled;
    expect(value).toBe(evaluateClasses([good, a, b]).pooled.auPimo);
  });
});

test('class names are data: one may be called __proto__', () => {
  const { perClass } = evaluateClasses([image('__proto__', 1), image('__proto__', 2, { anomalous: true })]);
  expect(Object.entries(perClass)).toEqual([['__proto__', expect.objectContaining({ imageAuroc: 1 })]]);
});

function withoutMap({ map: _map, size: _size, ...rest }: ImageResult): ImageResult {
  return rest;
}
function withoutSize({ size: _size, ...rest }: ImageResult): ImageResult {
  return rest;
}

test.each([
  ['a map without a size', withoutSize(image('nut', 1)), 'INVALID_ARGUMENT', /'nut' has a map but no `size`/],
  [
    'a map too short',
    image('nut', 1, { map: new Float32Array(5) }),
    'SHAPE_MISMATCH',
    /'nut' has size 3x2, a map of 5 and no mask/,
  ],
  [
    'a mask too long',
    image('nut', 1, { mask: new Uint8Array(7) }),
    'SHAPE_MISMATCH',
    /a map of 6 and a mask of 7/,
  ],
  [
    'another size',
    image('nut', 1, { size: { width: 2, height: 3 } }),
    'SHAPE_MISMATCH',
    /3x2 pixels, but one of 'nut' has size 2x3/,
  ],
  [
    'a mask on a normal image',
    image('nut', 1, { mask: left, anomalous: false }),
    'MASK_MISMATCH',
    /normal image of 'nut'/,
  ],
  ['a mask of 0 and 255', image('nut', 1, { mask: left.map((m) => 255 * m) }), 'INVALID_ARGUMENT', /got 255/],
  ['a NaN score', image('nut', Number.NaN, { map: new Float32Array(6) }), 'INVALID_ARGUMENT', /got NaN/],
])('%s is an error that names it', (_, odd, code, message) => {
  expect(() => evaluateClasses([...nut, odd])).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

test('mask values other than 0 and 1 are refused before they are stored as bytes', () => {
  const fractions = Float32Array.of(0, 0.5, 0, 0, 0, 0);
  const wide = Uint16Array.of(0, 0, 256, 0, 0, 0);
  for (const [mask, value, at] of [
    [fractions, 0.5, 1],
    [wide, 256, 2],
    [Uint8Array.of(255, 0, 0, 0, 0, 0), 255, 0],
    [Float32Array.of(1, 0, 0, 0, 0, Number.NaN), Number.NaN, 5],
  ] as const) {
    // JavaScript callers may pass any array of numbers.
    const anomalous: ImageResult = Object.assign(image('a', 2), { anomalous: true, mask });
    expect(() => evaluateClasses([image('a', 0.5), anomalous])).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`got ${value} at position ${at}`),
      }),
    );
  }
});
