import '@mint/test-utils/setup';
import { Random } from '@mint/internal';
import { LEFT, UPPER } from '@mint/test-utils/halves';
import { tinyConfig } from '@mint/test-utils/tiny-config';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type Calibration, lookedAt, lookOf, MintDetector, predictImage } from '../index.js';
import { Field } from '../model-folder/field.js';
import { parseCalibration } from '../model-folder/parse-calibration.js';
import { lookedAtTensor } from './look.js';

const names = ['nut', 'bolt'];
const calibrationOf = (more: Partial<Calibration>): Calibration => ({
  alpha: 0.1,
  thresholds: {},
  heatScales: {},
  heatScale: [0, 1],
  normalScores: {},
  normalMaxima: {},
  ...more,
});
const regionsOfInterest = { nut: LEFT, bolt: UPPER };
const outsidePixels = { nut: [10, 20, 30], bolt: [20, 40, 50] };
const lookAs = (
  name: string | undefined,
  rules: Partial<Calibration> = { regionsOfInterest, outsidePixels },
  own?: typeof LEFT,
) => lookOf({ config: { classes: names }, calibration: calibrationOf(rules) }, name, own);

describe('lookOf()', () => {
  test('as the class is looked at, as any class is, or as the image says itself', () => {
    expect(lookAs('nut')).toEqual({ regions: [LEFT], outside: [10, 20, 30] });
    expect(lookAs(undefined)).toEqual({ regions: [LEFT, UPPER], outside: [15, 30, 40] });
    expect(lookAs('bolt', undefined, LEFT)).toEqual({ regions: [LEFT], outside: [20, 40, 50] });
    expect(lookAs(undefined, undefined, LEFT)).toEqual({ regions: [LEFT], outside: [15, 30, 40] });
  });

  test('all pixels of a detector that replaces none, of a class without a region, and where one class looks at all', () => {
    expect(lookAs('nut', { regionsOfInterest })).toBeUndefined();
    expect(lookAs('nut', { regionsOfInterest }, LEFT)).toBeUndefined();
    expect(lookAs('rod')).toBeUndefined();
    expect(lookAs(undefined, { regionsOfInterest: { nut: LEFT }, outsidePixels })).toBeUndefined();
    expect(lookOf({ config: { classes: names }, calibration: undefined }, 'nut')).toBeUndefined();
  });
});

test('lookedAt(): pixels inside stay, others come from the small image, stretched and mixed', () => {
  const image = { width: 8, height: 4, data: new Uint8Array(96).fill(200) };
  // Red rises from the left to the right.
  const outside = [0, 5, 7, 100, 5, 7, 0, 5, 7, 100, 5, 7];
  const { data } = lookedAt(image, { regions: [UPPER], outside });
  expect([...data.subarray(0, 48)]).toEqual(Array(48).fill(200));
  const row = [...data.subarray(48, 72)];
  expect(row.filter((_, i) => i % 3 === 0)).toEqual([0, 0, 13, 38, 63, 88, 100, 100]);
  expect(row.filter((_, i) => i % 3 !== 0)).toEqual(Array(8).fill([5, 7]).flat());
  expect(image.data[90]).toBe(200);
  const batch = tf.tensor4d([...image.data, ...image.data], [2, 4, 8, 3], 'int32');
  const seen = lookedAtTensor(batch, [undefined, { regions: [UPPER], outside }]);
  expect([...seen.dataSync()]).toEqual([...image.data, ...data]);
  tf.dispose([batch, seen]);
});

test('pixels outside change nothing at all in a detector that replaces them, whether the class is known or not', async () => {
  const config = tinyConfig(names);
  const blank = MintDetector.create(config);
  const { width, height } = config.input;
  const classStats = {
    means: new Float32Array(names.length * blank.channels),
    std: new Float32Array(blank.channels).fill(1),
  };
  const calibration = calibrationOf({ regionsOfInterest: { nut: LEFT, bolt: LEFT }, outsidePixels });
  const detector = MintDetector.fromState({ ...blank.toState(), classStats, calibration });
  const imageOf = (seed: number) => {
    const [inside, outside] = [new Random(1), new Random(seed)];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [calm, wild] = [inside.int(256), outside.int(256)];
      return Math.floor(i / 3) % width < width / 2 ? calm : wild;
    });
    return { width, height, data };
  };
  for (const given of [undefined, 'nut']) {
    const [a, b] = [
      (await predictImage(detector, imageOf(2), given)).prediction,
      (await predictImage(detector, imageOf(3), given)).prediction,
    ];
    expect(b).toEqual(a);
    expect(a.interest).toEqual(LEFT);
    expect(a.oodScores).toHaveLength(2);
    const batch = tf.tensor4d([...imageOf(4).data], [1, height, width, 3], 'int32');
    const [c] = await detector.predict(batch, given);
    expect(c?.score).toBeCloseTo(a.score, 5);
    expect(c?.oodScores).toEqual(a.oodScores);
    batch.dispose();
    // A detector without it sees them.
    const [d, e] = [
      await predictImage(blank, imageOf(2), given),
      await predictImage(blank, imageOf(3), given),
    ];
    expect(e.prediction.score).not.toBe(d.prediction.score);
  }
  const tensors = tf.memory().numTensors;
  await predictImage(detector, imageOf(5));
  expect(tf.memory().numTensors).toBe(tensors);
  detector.dispose();
  blank.dispose();
});

test('outsidePixels of a model folder must be a small square image', () => {
  const parse = (nut: unknown) =>
    parseCalibration(
      new Field('model.json', 'calibration', { ...calibrationOf({}), outsidePixels: { nut } }),
      names,
    ).outsidePixels;
  expect(parse([1, 2, 3])).toEqual({ nut: [1, 2, 3] });
  for (const wrong of [[], [1, 2], [1, 2, 3, 4, 5, 6], [1, 2, 256], [-1, 2, 3], 'red'])
    expect(() => parse(wrong)).toThrow('outsidePixels');
});
