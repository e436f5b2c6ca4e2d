import { join } from 'node:path';
import { MintDetector } from '@mint/detector';
import { Random } from '@mint/internal';
import { temporaryFolder } from '@mint/test-utils';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import { expect, test } from 'vitest';
import { imageHash } from '../__fixtures__/made-features.js';
import { TINY_CHANNELS, TINY_TRAINING } from '../__fixtures__/tiny-net.js';
import { type CachedSample, featureCacheOf, train } from '../index.js';
import { lookInside } from './look-inside.js';

const folder = temporaryFolder();
const classes = ['nut', 'bolt'];
const IMAGES = 6;
/** The left column of a grid of 2 × 2. */
const LEFT = [
  [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ],
] as const;

/** Eighths, whose sums are exact in any order. */
const eighths = (seed: number) => {
  const random = new Random(seed);
  return Array.from({ length: TINY_CHANNELS }, () => random.int(64) / 8 - 4);
};

/** What a detector learns from images whose right columns were handed on `turn` images within their class. */
async function learned(model: 'mint-ad' | 'gaussian', turn: number, isRestricted: boolean) {
  const map = model === 'gaussian' ? 'whitened-by-class-and-place' : 'whitened';
  const blank = MintDetector.create({ ...tinyConfig(classes), model, map });
  const cache = featureCacheOf(join(folder.path, `${model}-${turn}`), blank);
  const samples: CachedSample[] = [];
  for (const [classIndex, className] of classes.entries())
    for (let i = 0; i < IMAGES; i++) {
      const key = imageHash(10 * classIndex + i);
      const image = 100 * classIndex + 10 * i;
      const other = 100 * classIndex + 10 * ((i + turn) % IMAGES);
      const tokens = [image, other + 1, image + 2, other + 3].flatMap(eighths);
      await cache.write(key, Float32Array.from(tokens), [2, 2, TINY_CHANNELS]);
      const sample = {
        id: `${className}/${i}`,
        className,
        classIndex,
        split: 'train',
        label: 'normal',
      } as const;
      samples.push({ sample, contentHash: key, key });
    }
  const whole = { fit: samples, validation: [] };
  const look = isRestricted
    ? await lookInside(blank, cache, whole, { nut: LEFT, bolt: LEFT })
    : { detector: blank, cached: whole };
  const options = { cache, samples: look.cached.fit, config: { ...TINY_TRAINING, epochs: 1 } };
  const { detector } = await train(look.detector, options);
  const { network, featureMean, featureStd, classStats, whitening, placeWhitening, calibration } =
    detector.toState();
  detector.dispose();
  return { network, featureMean, featureStd, classStats, whitening, placeWhitening, calibration };
}

test.each(['mint-ad', 'gaussian'] as const)(
  'what lies outside of an image is not learned, its mean aside: %s',
  async (model) => {
    const restricted = await learned(model, 0, true);
    expect(await learned(model, 1, true)).toEqual(restricted);
    expect(restricted.calibration?.regionsOfInterest).toEqual({ nut: LEFT, bolt: LEFT });
    expect(restricted.calibration?.outsideFeatures?.nut).toHaveLength(TINY_CHANNELS);
    // Without a region it is.
    const [a, b] = [await learned(model, 0, false), await learned(model, 1, false)];
    expect(b.whitening ?? b.placeWhitening).not.toEqual(a.whitening ?? a.placeWhitening);
  },
);
