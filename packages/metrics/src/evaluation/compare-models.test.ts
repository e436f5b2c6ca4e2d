import { Random } from '@mint/internal';
import { describe, expect, test } from 'vitest';
import {
  aurocInterval,
  compareAuroc,
  compareModels,
  evaluateClasses,
  type ImageResult,
  METRIC_NAMES,
} from '../index.js';

const SIZE = { width: 8, height: 9 };
const PIXELS = 72;
const SEED = { seed: 4, replicates: 200 };

/** Images of two classes; their pixels are brighter or darker together, by `shared` deviations. */
function draw(random: Random, count: number, shared = 1, lift = 1.5): ImageResult[] {
  return Array.from({ length: 2 * count }, (_, i) => {
    const anomalous = i % 2 === 1;
    const mask = new Uint8Array(PIXELS);
    if (anomalous) mask.fill(1, 10, 10 + 8 + random.int(20));
    const offset = shared * random.normal();
    const map = Float32Array.from(mask, (value) => random.normal() + offset + lift * value);
    return {
      className: i < count ? 'nut' : 'bolt',
      score: offset + random.normal() + (anomalous ? lift : 0),
      anomalous,
      map,
      size: SIZE,
      ...(anomalous ? { mask } : {}),
    };
  });
}
/** The same images seen by a model that adds noise, to scores and to maps. */
const noisier = (images: ImageResult[], random: Random, noise: number): ImageResult[] =>
  images.map(({ map, ...rest }) => ({
    ...rest,
    score: rest.score + noise * random.normal(),
    map: (map ?? new Float32Array(PIXELS)).map((score) => score + noise * random.normal()),
  }));

const images = draw(new Random(1), 24);

describe('intervals of evaluateClasses', () => {
  const evaluate = () => evaluateClasses(images, { labelRegime: 'given', intervals: SEED });

  test('are there for every metric, hold its value, and do not change the values', () => {
    const [plain, evaluation] = [evaluateClasses(images), evaluate()];
    for (const [aggregate, without] of [
      [evaluation.classMean, plain.classMean],
      [evaluation.pooled, plain.pooled],
      [evaluation.perClass.nut, plain.perClass.nut],
    ] as const) {
      const { intervals, labelRegime, ...values } = aggregate ?? {};
      expect(values).toEqual(without);
      expect(labelRegime).toBe('given');
      for (const name of METRIC_NAMES) {
        const [value, interval] = [values[name], intervals?.[name]];
        // 24 normal images of 72 pixels are too few for AUPIMO.
        if (name === 'auPimo') {
          expect(interval).toBeUndefined();
          continue;
        }
        expect(interval?.[0]).toBeGreaterThanOrEqual(0);
        expect(interval?.[0]).toBeLessThan(value ?? Number.NaN);
        expect(interval?.[1]).toBeGreaterThan(value ?? Number.NaN);
        expect(interval?.[1]).toBeLessThanOrEqual(1);
      }
    }
    expect(plain.pooled).not.toHaveProperty('intervals');
    expect(plain.pooled).not.toHaveProperty('labelRegime');
  });

  test('are DeLong’s for image AUROC', () => {
    const nut = images.filter(({ className }) => className === 'nut');
    const { interval } = aurocInterval(
      nut.map(({ score }) => score),
      nut.map(({ anomalous }) => Number(anomalous)),
    );
    expect(evaluate().perClass.nut?.intervals?.imageAuroc).toEqual(interval);
  });

  test('follow the seed, and not the order of the classes', () => {
    const again = (seed: number, order = images) =>
      evaluateClasses(order, { intervals: { ...SEED, seed } }).perClass.bolt?.intervals?.auPro;
    const { auPro } = evaluate().perClass.bolt?.intervals ?? {};
    expect(again(4)).toEqual(auPro);
    expect(again(5)).not.toEqual(auPro);
    const boltFirst = [...images].sort((a, b) => (a.className < b.className ? -1 : 1));
    expect(again(4, boltFirst)).toEqual(again(4));
  });

  test('a class that has no metric has no interval of it', () => {
    const { perClass } = evaluateClasses(
      images.map(({ map: _m, mask: _k, size: _s, ...rest }) => rest),
      { intervals: SEED },
    );
    expect(Object.keys(perClass.nut?.intervals ?? {}).sort()).toEqual([
      'imageAp',
      'imageAuroc',
      'imageF1Max',
    ]);
  });

  test.each([{ seed: -1 }, { seed: 0.5 }, { seed: 0, replicates: 99 }])('refuse %j', (intervals) => {
    expect(() => evaluateClasses(images, { intervals })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

test('the bootstrap over images covers what pixels of one image share; pixels as samples do not', () => {
  // With offsets of deviation 2 and noise of 1, a normal and an anomalous pixel of two images are 1.5 ± √10 apart, so
  // pixel AUROC is Φ(1.5/√10) but for the pairs within an image, which are 1 in 47 and have Φ(1.5/√2).
  const truth = 0.68237 + (0.85558 - 0.68237) / 47;
  const random = new Random(9);
  let [byImages, byPixels, ap] = [0, 0, 0];
  const draws = 80;
  for (let run = 0; run < draws; run++) {
    const drawn = draw(random, 20, 2).map((image) => ({ ...image, className: 'one' }));
    const { intervals } = evaluateClasses(drawn, { intervals: { seed: run, replicates: 100 } }).pooled;
    const holds = (interval: readonly [number, number] | undefined, value: number) =>
      interval !== undefined && interval[0] <= value && value <= interval[1];
    if (holds(intervals?.pixelAuroc, truth)) byImages++;
    const pixels = aurocInterval(
      drawn.flatMap(({ map }) => [...(map ?? [])]),
      drawn.flatMap(({ mask }) => [...(mask ?? new Uint8Array(PIXELS))]),
    );
    if (holds(pixels.interval, truth)) byPixels++;
    // AP of N(1.5, 5) against N(0, 5) at equal numbers: scikit-learn on 2 million drawn samples.
    if (holds(intervals?.imageAp, 0.6708)) ap++;
  }
  expect(byImages / draws).toBeGreaterThan(0.85);
  expect(ap / draws).toBeGreaterThan(0.85);
  expect(byPixels / draws).toBeLessThan(0.6);
});

describe('compareModels()', () => {
  test('differences are those of the metrics; image AUROC by DeLong', () => {
    const b = noisier(images, new Random(2), 2);
    const got = compareModels(images, b, SEED);
    const [ofA, ofB] = [evaluateClasses(images), evaluateClasses(b)];
    for (const [comparison, a, other] of [
      [got.classMean, ofA.classMean, ofB.classMean],
      [got.pooled, ofA.pooled, ofB.pooled],
      [got.perClass.bolt, ofA.perClass.bolt, ofB.perClass.bolt],
    ] as const) {
      expect(Object.keys(comparison ?? {}).sort()).toEqual(
        [...METRIC_NAMES].filter((n) => n !== 'auPimo').sort(),
      );
      for (const name of METRIC_NAMES.filter((metric) => metric !== 'auPimo')) {
        const found = comparison?.[name];
        expect(found?.a).toBeCloseTo(a?.[name] ?? Number.NaN, 13);
        expect(found?.b).toBeCloseTo(other?.[name] ?? Number.NaN, 13);
        expect(found?.difference).toBeCloseTo((found?.a ?? 0) - (found?.b ?? 0), 13);
      }
    }
    const labels = images.map(({ anomalous }) => Number(anomalous));
    expect(got.pooled.imageAuroc).toEqual(
      compareAuroc(
        images.map(({ score }) => score),
        b.map(({ score }) => score),
        labels,
      ),
    );
    // Twice the noise is worse in every pixel metric.
    expect(got.pooled.auPro?.pValue).toBe(2 / 201);
    expect(got.pooled.auPro?.interval[0]).toBeGreaterThan(0);
  });

  test('a model equals itself, on any scale of scores and any size of maps', () => {
    const rescaled = images.map(({ map, ...rest }) => ({
      ...rest,
      score: 3 * rest.score - 7,
      map: (map ?? new Float32Array(0)).map((score) => 2 * score),
    }));
    for (const comparison of Object.values(compareModels(images, rescaled, SEED).pooled)) {
      expect(comparison).toMatchObject({ difference: 0, pValue: 1 });
      expect(comparison.interval[0]).toBeCloseTo(0, 12);
      expect(comparison.interval[1]).toBeCloseTo(0, 12);
    }
  });

  test('pairing finds a difference that two intervals hide', () => {
    // Both models share the images' own scatter of 3, and differ by noise of 0 and 0.6.
    const a = draw(new Random(21), 60, 3, 4).map((image) => ({ ...image, className: 'one' }));
    const b = noisier(a, new Random(22), 1.5);
    const { pixelAuroc } = compareModels(a, b, SEED).pooled;
    const [ofA, ofB] = [a, b].map((results) => evaluateClasses(results, { intervals: SEED }).pooled);
    expect(ofA?.intervals?.pixelAuroc?.[0]).toBeLessThan(ofB?.intervals?.pixelAuroc?.[1] ?? 0);
    expect(pixelAuroc?.pValue).toBeLessThan(0.05);
  });

  test('equal models are called different in about 5 of 100 draws', () => {
    const random = new Random(5);
    let different = 0;
    for (let run = 0; run < 150; run++) {
      const seen = draw(random, 20).map(({ map: _m, mask: _k, size: _s, ...rest }) => ({
        ...rest,
        className: 'one',
      }));
      const [a, b] = [1, 1].map((noise) =>
        seen.map((image) => ({ ...image, score: image.score + noise * random.normal() })),
      ) as [ImageResult[], ImageResult[]];
      if ((compareModels(a, b, { seed: run, replicates: 100 }).pooled.imageAp?.pValue ?? 1) < 0.05)
        different++;
    }
    expect(different / 150).toBeLessThan(0.12);
    expect(different / 150).toBeGreaterThan(0.005);
  });

  describe('where nothing can be drawn differently', () => {
    // One image of each kind, with more scores than the draws tell apart.
    const size = { width: 60, height: 40 };
    const random = new Random(31);
    const mask = new Uint8Array(2400).fill(1, 700, 2200);
    const pair = (noise: number): ImageResult[] =>
      [new Uint8Array(2400), mask].map((shape, i) => ({
        className: 'one',
        score: i,
        anomalous: i === 1,
        map: Float32Array.from(shape, (value) => noise * random.normal() + value),
        size,
        ...(i === 1 ? { mask } : {}),
      }));
    const [better, worse] = [pair(0.5), pair(2)];

    test.each([
      ['better', better, worse, 1],
      ['worse', worse, better, -1],
    ] as const)('the interval is the difference: %s', (_, a, b, sign) => {
      const { pixelAp, auPro, pixelF1Max } = compareModels(a, b, { seed: 1, replicates: 100 }).pooled;
      for (const comparison of [pixelAp, auPro, pixelF1Max]) {
        const { difference = Number.NaN, interval = [], pValue } = comparison ?? {};
        expect(sign * difference).toBeGreaterThan(0.05);
        for (const end of interval) expect(end).toBeCloseTo(difference, 12);
        expect(pValue).toBe(2 / 101);
      }
    });

    test('a metric that one model lacks is not compared', () => {
      // Maps of 10,000 normal pixels have AUPIMO, these have not.
      const large = better.map((image) => ({
        ...image,
        map: new Float32Array(10_000).map((_, i) => i % 13),
        size: { width: 100, height: 100 },
        ...(image.anomalous ? { mask: new Uint8Array(10_000).fill(1, 0, 50) } : {}),
      }));
      expect(evaluateClasses(large).pooled.auPimo).toBeDefined();
      for (const [a, b] of [
        [large, better],
        [better, large],
      ] as const) {
        const { pooled } = compareModels(a, b, { seed: 1, replicates: 100 });
        expect(Object.keys(pooled).sort()).toEqual([...METRIC_NAMES].filter((n) => n !== 'auPimo').sort());
      }
    });
  });

  test('a class with one kind of image has nothing to compare, one with a single defect no DeLong', () => {
    const image = (className: string, score: number, anomalous: boolean) => ({
      className,
      score,
      anomalous,
    });
    const a = [
      image('good', 1, false),
      image('good', 2, false),
      image('bad', 1, true),
      image('bad', 2, true),
      image('nut', 1, false),
      image('nut', 3, false),
      image('nut', 2, true),
    ];
    const b = a.map((p) => ({ ...p, score: p.anomalous ? 9 : p.score }));
    const { perClass } = compareModels(a, b, { seed: 1, replicates: 100 });
    expect([perClass.good, perClass.bad]).toStrictEqual([{}, {}]);
    expect(perClass.nut?.imageAuroc).toMatchObject({ a: 0.5, b: 1, difference: -0.5 });
    // Draws of the normal images: both, or one of them twice; a finds the defect above none, one or both of them.
    expect(perClass.nut?.imageAuroc?.interval).toEqual([-1, 0]);
  });

  test('draws that miss every mask have no pixel metrics and do not count', () => {
    const [nut, defect] = [images[0], images[1]] as [ImageResult, ImageResult];
    const vanished = { ...defect, mask: new Uint8Array(PIXELS) };
    const a = [nut, defect, vanished, vanished];
    const { pixelAuroc } = compareModels(a, noisier(a, new Random(3), 1), SEED).pooled;
    const [low = Number.NaN, high = Number.NaN] = pixelAuroc?.interval ?? [];
    expect(low).toBeLessThanOrEqual(pixelAuroc?.difference ?? Number.NaN);
    expect(high).toBeGreaterThanOrEqual(pixelAuroc?.difference ?? Number.NaN);
  });

  test('refuses other images', () => {
    const message = (at: number) => `they differ at position ${at}`;
    expect(() => compareModels(images, images.slice(1), SEED)).toThrow(message(47));
    expect(() => compareModels(images, [...images].reverse(), SEED)).toThrow(message(0));
    const withoutMap = images.map((p, i) =>
      i === 3 ? { className: p.className, score: 1, anomalous: p.anomalous } : p,
    );
    expect(() => compareModels(images, withoutMap, SEED)).toThrow(message(3));
  });
});
