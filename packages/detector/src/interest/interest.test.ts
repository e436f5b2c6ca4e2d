import '@mint/test-utils/setup';
import { Random } from '@mint/internal';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  type Calibration,
  interestFromMask,
  interestMask,
  MintDetector,
  tokenRegion,
  upsample,
} from '../index.js';
import { mapScore } from '../maps/map-score.js';
import { restricted } from './restrict.js';

const WHOLE = [
  [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ],
] as const;
/** The left part of an image. */
const LEFT = [
  [
    [0, 0],
    [0.4, 0],
    [0.4, 1],
    [0, 1],
  ],
] as const;

describe('restricted()', () => {
  const grid = [5, 7] as const;
  const [width, height] = [43, 37];
  const random = new Random(3);
  const tokens = () => Float32Array.from({ length: 35 }, () => Math.abs(random.normal()));
  const enlarge = async (tokenMap: Float32Array, upsampling?: 'centres') =>
    (await upsample(tf.tensor3d(tokenMap, [1, ...grid]), height, width, upsampling).data()) as Float32Array;
  const predictionOf = async (tokenMap: Float32Array, upsampling?: 'centres') => ({
    tokenMap,
    anomalyMap: await enlarge(tokenMap, upsampling),
    width,
    height,
    score: -1,
  });

  test.each(['max', 'mean', 'std'] as const)(
    'the whole image as region changes nothing: %s',
    async (score) => {
      const prediction = await predictionOf(tokens());
      const same = restricted(prediction, WHOLE, { grid, score });
      expect(
        Math.max(...same.anomalyMap.map((value, i) => Math.abs(value - (prediction.anomalyMap[i] ?? 0)))),
      ).toBeLessThan(1e-5);
      expect(same.score).toBeCloseTo(mapScore(prediction.anomalyMap, prediction, score), 5);
      expect(same).not.toHaveProperty('tokenMap');
    },
  );

  test('the whole image as region changes nothing: tokens in the middle of their cells', async () => {
    const prediction = await predictionOf(tokens(), 'centres');
    const same = restricted(prediction, WHOLE, { grid, score: 'max', upsampling: 'centres' });
    same.anomalyMap.forEach((value, i) => {
      expect(value).toBeCloseTo(prediction.anomalyMap[i] ?? Number.NaN, 5);
    });
  });

  test('what is outside has no part in map and score, however large it is', async () => {
    const calm = tokens();
    // Cells of the columns 3 to 6 begin at 43 · 3/7 = 18.4; the region ends at 17.2.
    const wild = calm.map((value, i) => (i % 7 >= 3 ? 1e6 : value));
    for (const score of ['max', 'mean', 'std'] as const) {
      const [a, b] = [await predictionOf(calm), await predictionOf(wild)].map((prediction) =>
        restricted(prediction, LEFT, { grid, score }),
      );
      expect(b).toEqual(a);
      expect(a?.score).toBeLessThan(10);
    }
  });

  test('the map is −∞ outside and between the tokens of the region inside', async () => {
    const tokenMap = tokens();
    const inside = interestMask(LEFT, { width, height });
    const { anomalyMap } = restricted(await predictionOf(tokenMap), LEFT, { grid, score: 'max' });
    const own = [...tokenMap].filter((_, i) => i % 7 < 3);
    anomalyMap.forEach((value, i) => {
      if (inside[i] === 0) expect(value).toBe(Number.NEGATIVE_INFINITY);
      else {
        expect(value).toBeGreaterThanOrEqual(Math.min(...own) - 1e-6);
        expect(value).toBeLessThanOrEqual(Math.max(...own) + 1e-6);
      }
    });
    expect(inside.filter((value) => value === 1).length).toBe(17 * height);
  });

  test('a region of a few pixels still has a score', async () => {
    const spot = [
      [
        [0.5, 0.5],
        [0.54, 0.5],
        [0.54, 0.54],
        [0.5, 0.54],
      ],
    ] as const;
    const { score } = restricted(await predictionOf(tokens()), spot, { grid, score: 'max' });
    expect(score).toBeGreaterThan(0);
  });

  test('of an image in tiles, pixels are left out one by one', () => {
    const anomalyMap = Float32Array.from({ length: width * height }, (_, i) =>
      i % width === 42 ? 99 : i % 5,
    );
    const { score, anomalyMap: map } = restricted({ anomalyMap, width, height, score: 0 }, LEFT, {
      grid,
      score: 'mean',
    });
    expect(map[42]).toBe(Number.NEGATIVE_INFINITY);
    expect(map[3]).toBe(3);
    expect(score).toBeLessThan(5);
  });
});

test('a detector looks at the region of the recognised or given class, and a changed background changes nothing', async () => {
  const config = { ...tinyConfig(['nut', 'bolt']), backbone: { kind: 'scattering' } as const };
  const blank = MintDetector.create(config);
  const { width, height } = config.input;
  const calibration: Calibration = {
    alpha: 0.1,
    thresholds: {},
    heatScales: {},
    heatScale: [0, 1],
    normalScores: {},
    normalMaxima: {},
    regionsOfInterest: { nut: LEFT },
  };
  const detector = MintDetector.fromState({ ...blank.toState(), calibration });
  const images = tf.randomUniform<tf.Rank.R4>([2, height, width, 3], 0, 255, 'float32', 1);
  const [nut, bolt] = await detector.predict(images, ['nut', 'bolt']);
  const [plain, other] = await blank.predict(images);
  expect(nut?.anomalyMap.filter(Number.isFinite).length).toBe(
    interestMask(LEFT, { width, height }).filter((value) => value === 1).length,
  );
  expect(nut?.anomalyMap[0]).toBeCloseTo(plain?.anomalyMap[0] ?? Number.NaN, 4);
  expect(bolt?.anomalyMap).toEqual(other?.anomalyMap);
  expect(bolt).not.toHaveProperty('tokenMap');
  tf.dispose(images);
  detector.dispose();
  blank.dispose();
});

describe('outsideFeatures', () => {
  const names = ['nut', 'bolt'];
  const config = { ...tinyConfig(names), backbone: { kind: 'scattering' } as const };
  const [rows, cols] = config.grid;
  const region = tokenRegion(config, LEFT, [0]);
  const rules = (
    areas: Calibration['regionsOfInterest'],
    outsideFeatures: Calibration['outsideFeatures'],
  ) => ({
    alpha: 0.1,
    thresholds: {},
    heatScales: {},
    heatScale: [0, 1] as const,
    normalScores: {},
    normalMaxima: {},
    regionsOfInterest: areas,
    outsideFeatures,
  });

  /** Predictions for features that are the same inside of the region, and other ones outside for each seed. */
  async function predicted(calibration: Calibration, given?: string) {
    const blank = MintDetector.create(config);
    const { channels } = blank;
    const classStats = {
      means: new Float32Array(names.length * channels),
      std: new Float32Array(channels).fill(1),
    };
    const detector = MintDetector.fromState({ ...blank.toState(), classStats, calibration });
    const results = [];
    for (const seed of [1, 2]) {
      const inside = new Random(9);
      const outside = new Random(seed);
      const values = Float32Array.from({ length: rows * cols * channels }, (_, i) => {
        const [calm, wild] = [inside.normal(), 30 * outside.normal()];
        return region?.inside[Math.floor(i / channels)] === 1 ? calm : wild;
      });
      const features = tf.tensor4d(values, [1, rows, cols, channels]);
      results.push(...(await detector.predictFeatures(features, given)));
      features.dispose();
    }
    detector.dispose();
    blank.dispose();
    return results;
  }

  const { channels } = MintDetector.create(config);
  const fill = Array.from({ length: channels }, (_, i) => i % 3);

  test('what lies outside has no influence on map, score and recognition, whether the class is known or not', async () => {
    expect(region?.inside.includes(0)).toBe(true);
    for (const given of [undefined, 'nut']) {
      const all = { nut: LEFT, bolt: LEFT };
      const [a, b] = await predicted(rules(all, { nut: fill, bolt: fill }), given);
      expect(b).toEqual(a);
      const [c, d] = await predicted(rules(all, undefined), given);
      expect(d?.oodScores).not.toEqual(c?.oodScores);
      expect(d?.score).not.toEqual(c?.score);
    }
    const tensors = tf.memory().numTensors;
    await predicted(rules({ nut: LEFT }, { nut: fill }));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('an image of an unknown class is looked at where any class is, and then where the recognised one is', async () => {
    const oneIsWhole = await predicted(rules({ nut: LEFT }, { nut: fill }));
    for (const { className, anomalyMap } of oneIsWhole)
      expect(anomalyMap.includes(Number.NEGATIVE_INFINITY)).toBe(className === 'nut');
    const [a, b] = await predicted(rules({ nut: LEFT, bolt: WHOLE }, { nut: fill, bolt: fill }), 'nut');
    expect(b).toEqual(a);
  });

  test('features of another backbone are refused', async () => {
    await expect(predicted(rules({ nut: LEFT, bolt: LEFT }, { nut: [1], bolt: [1] }))).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining(`must have ${channels} values for each class, got 1`),
    });
  });
});

test('interestFromMask(): the mask again, at the size of the input, also where images are padded', () => {
  const [width, height] = [60, 40];
  const data = new Uint8Array(width * height);
  for (let y = 8; y < 32; y++) data.fill(1, y * width + 14, y * width + 46);
  const settings = { width: 30, height: 30, filter: 'bilinear' } as const;
  const count = (more: object) =>
    interestMask(interestFromMask({ width, height, data }, { ...settings, ...more }, 'm'), settings).filter(
      (value) => value === 1,
    ).length;
  // Columns 14 to 46 of 60 and rows 8 to 32 of 40, of 60 where they are padded.
  expect(Math.abs(count({}) - 16 * 18)).toBeLessThanOrEqual(4);
  expect(Math.abs(count({ padToSquare: true }) - 16 * 12)).toBeLessThanOrEqual(4);
  expect(() => interestFromMask({ width, height, data: data.map(() => 0) }, settings, 'roi/nut.png')).toThrow(
    'roi/nut.png: the mask marks nothing',
  );
});
