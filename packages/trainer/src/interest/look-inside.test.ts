import '@tensorflow/tfjs-layers';
import { join } from 'node:path';
import type { Sample } from '@mint/data';
import { interestMask, type MintDetector, predictBatch, predictImage } from '@mint/detector';
import { Random } from '@mint/internal';
import { temporaryFolder } from '@mint/test-utils';
import { LEFT, UPPER } from '@mint/test-utils/halves';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { expect, test } from 'vitest';
import { TINY_TRAINING } from '../__fixtures__/tiny-net.js';
import { cacheFeatures, featureBatches, featureCacheOf, outsidePixels, trainDetector } from '../index.js';

const folder = temporaryFolder();
const classes = ['nut', 'bolt'];
const IMAGES = 4;
const [width, height] = [32, 32];

const noise = (seed: number) => {
  const random = new Random(seed);
  return Uint8Array.from({ length: width * height * 3 }, () => random.int(256));
};

/**
 * Images whose right halves are the same but for the order of the pixels in each cell of 4 × 4, which `turn` changes: their mean
 * colours are equal.
 */
function images(turn: number, isTest = false): Sample[] {
  return classes.flatMap((className, classIndex) =>
    Array.from({ length: IMAGES }, (_, i): Sample => {
      const outside = noise(100 * classIndex + 99);
      const data = noise(100 * classIndex + i).map((value, at) => {
        const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
        if (x < width / 2) return value;
        const place = ((y % 4) * 4 + (x % 4) + turn * (i + 1)) % 16;
        const from = (y - (y % 4) + (place >> 2)) * width + x - (x % 4) + (place % 4);
        return outside[3 * from + (at % 3)] ?? 0;
      });
      return {
        id: `${className}/${i}`,
        className,
        classIndex,
        split: isTest ? 'test' : 'train',
        label: 'normal',
        render: () => ({ image: { width, height, data } }),
      };
    }),
  );
}

const configOf = (model: 'mint-ad' | 'gaussian') => ({
  ...tinyConfig(classes),
  model,
  map: model === 'gaussian' ? ('whitened-by-class-and-place' as const) : ('whitened' as const),
});

/** A model that learned the images. */
async function learned(model: 'mint-ad' | 'gaussian', turn: number, regions = true) {
  const samples = images(turn);
  const { detector } = await trainDetector({
    dataset: { name: 'noise', classes, samples, warnings: [] },
    detector: configOf(model),
    train: { ...TINY_TRAINING, epochs: 1, holdout: 0.5 },
    alpha: 0.3,
    regionsOfInterest: regions ? { nut: LEFT, bolt: LEFT } : undefined,
    cache: join(folder.path, `${model}-${turn}`),
  });
  return detector;
}

const learnedFrom = (detector: MintDetector) => {
  const { network, featureMean, featureStd, classStats, whitening, placeWhitening, calibration } =
    detector.toState();
  return {
    ...{ network, featureMean, featureStd, classStats, whitening, placeWhitening },
    ...{ thresholds: calibration?.thresholds, outsidePixels: calibration?.outsidePixels },
  };
};

test.each(['mint-ad', 'gaussian'] as const)(
  'what lies outside of the region changes nothing, its mean colour aside: %s',
  async (model) => {
    const [a, b] = [await learned(model, 0), await learned(model, 1)];
    expect(learnedFrom(b)).toEqual(learnedFrom(a));
    expect(a.calibration?.regionsOfInterest).toEqual({ nut: LEFT, bolt: LEFT });
    expect(a.calibration?.outsidePixels?.nut).toHaveLength(192);
    expect(a.calibration).toMatchObject({ outsideFeatures: undefined });
    // Neither when images are scored, whether their class is known or not, one by one or from the cache.
    const cache = featureCacheOf(join(folder.path, 'scoring'), a);
    const two = (turn: number) => images(turn, true).filter((_, i) => i % IMAGES === 0);
    for (const given of [undefined, 'nut']) {
      const scored = async (turn: number) => {
        const all = [];
        for (const sample of two(turn))
          all.push((await predictImage(a, sample.render?.().image ?? never(), given)).prediction);
        return all;
      };
      const plain = await scored(0);
      expect(await scored(2)).toEqual(plain);
      const batched = [];
      for await (const batch of featureBatches(a, cache, two(3)))
        batched.push(...(await predictBatch(a, batch, given)));
      batched.forEach(({ score, className }, i) => {
        expect(score).toBeCloseTo(plain[i]?.score ?? Number.NaN, 3);
        expect(className).toBe(plain[i]?.className);
      });
    }
    // Without a region everything changes.
    const [c, d] = [await learned(model, 0, false), await learned(model, 1, false)];
    expect(learnedFrom(d)).not.toEqual(learnedFrom(c));
    for (const detector of [a, b, c, d]) detector.dispose();
  },
);

test('an image can have a region of its own', async () => {
  const detector = await learned('gaussian', 0);
  const own = images(1, true).map((sample) => ({ ...sample, interest: UPPER }));
  const cache = featureCacheOf(join(folder.path, 'own'), detector);
  const inside = interestMask(UPPER, { width, height });
  for await (const batch of featureBatches(detector, cache, own.slice(0, 2)))
    for (const { anomalyMap } of await predictBatch(detector, batch))
      anomalyMap.forEach((value, i) => {
        expect(Number.isFinite(value)).toBe(inside[i] === 1);
      });
  const keys = async (samples: readonly Sample[]) =>
    (await cacheFeatures(detector, cache, samples)).map(({ key }) => key);
  // The region is part of the key under which features are kept.
  const usual = new Set(await keys(images(1, true)));
  expect((await keys(own)).filter((key) => usual.has(key))).toEqual([]);
  detector.dispose();
});

test('outsidePixels(): the mean colours outside; none where all is looked at', async () => {
  const colour = (x: number) => (x < 16 ? [200, 0, 0] : [10, 20, 30]);
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => colour(Math.floor(i / 3) % width)[i % 3] ?? 0,
  );
  const [one] = images(0);
  const sample = { ...(one ?? never()), render: () => ({ image: { width, height, data } }) };
  const whole = [LEFT[0].map(([x, y]) => [2 * x, y] as const)];
  const detector = { config: configOf('gaussian') };
  const { nut } = await outsidePixels(detector, [sample], { nut: LEFT });
  expect(nut?.slice(0, 3)).toEqual([10, 20, 30]);
  expect(nut?.slice(-3)).toEqual([10, 20, 30]);
  expect(await outsidePixels(detector, [sample], { nut: whole })).toEqual({});
  expect(await outsidePixels(detector, [sample], {})).toEqual({});
});

function never(): never {
  throw new Error('there is an image');
}
