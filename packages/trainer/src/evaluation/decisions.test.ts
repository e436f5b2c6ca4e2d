import { type Calibration, thresholdsAt } from '@mint/detector';
import { expect, test } from 'vitest';
import { decisionsOf } from '../index.js';

const calibration: Calibration = {
  normalScores: {},
  normalMaxima: {},
  alpha: 0.1,
  thresholds: { nut: { image: 2, pixel: 3, ood: 2 }, bolt: { image: 5, pixel: 6 } },
  heatScales: {},
  heatScale: [0, 1],
};
const classes = ['nut', 'bolt', 'washer'];
const image = (
  className: string,
  label: 'normal' | 'anomalous',
  score: number,
  taken?: string,
  strange = 1,
) => ({
  sample: { id: 'x', className, classIndex: 0, split: 'test', label } as const,
  prediction: {
    anomalyMap: new Float32Array(1),
    score,
    oodScores: new Float32Array(3).fill(strange),
    ...(taken === undefined ? {} : { className: taken }),
  },
});

const images = [
  image('nut', 'normal', 2, 'nut'), // the limit itself is no alarm
  image('nut', 'normal', 3, 'nut'),
  image('nut', 'normal', 4, 'bolt'), // below the bolts' limit
  image('nut', 'normal', 3, 'nut', 2.5), // too strange
  image('nut', 'anomalous', 4, 'nut'),
  image('nut', 'anomalous', 1, 'nut'),
  image('nut', 'anomalous', 1, 'nut', 2.5), // strange: stopped, not missed
  image('nut', 'normal', 9, 'washer'), // a class without limits
  image('bolt', 'anomalous', 6),
];

test('holds each image against the limits of the class it is taken for, counts it in its own', () => {
  const { alpha, perClass } = decisionsOf(images, calibration, classes);
  expect(alpha).toBe(0.1);
  expect(perClass.nut).toEqual({
    normal: 4,
    falseAlarms: 1,
    falseUnknown: 1,
    falseAlarmRate95: [expect.closeTo(0.0456, 4), expect.closeTo(0.6994, 4)],
    falseUnknownRate95: [expect.closeTo(0.0456, 4), expect.closeTo(0.6994, 4)],
    anomalous: 3,
    misses: 1,
    undecided: 1,
  });
  expect(perClass.bolt).toEqual({
    normal: 0,
    falseAlarms: 0,
    falseUnknown: 0,
    anomalous: 1,
    misses: 0,
    undecided: 0,
  });
});

test('where the class is given, its own limits hold', () => {
  const { nut } = decisionsOf(images, calibration, classes, true).perClass;
  // The two that were taken for others are alarms now.
  expect(nut).toMatchObject({ normal: 5, falseAlarms: 3, falseUnknown: 1, misses: 1, undecided: 0 });
});

test('counts reviews where the calibration has a review rate', () => {
  const good = { gear: Array.from({ length: 19 }, (_, i) => i + 1) };
  const scores = { normalScores: good, normalMaxima: good };
  const band: Calibration = {
    alpha: 0.1,
    reviewAlpha: 0.4,
    thresholds: thresholdsAt(scores, 0.1, 0.4),
    heatScales: {},
    heatScale: [0, 1],
    ...scores,
  };
  const sample = (label: 'normal' | 'anomalous') =>
    ({ id: label, className: 'gear', classIndex: 0, split: 'test', label }) as const;
  const images = [5, 13, 14, 20].flatMap((score) =>
    (['normal', 'anomalous'] as const).map((label) => ({
      sample: sample(label),
      prediction: { score, className: 'gear' },
    })),
  );
  expect(decisionsOf(images, band, ['gear'])).toMatchObject({
    reviewAlpha: 0.4,
    perClass: { gear: { normal: 4, falseAlarms: 1, falseReviews: 2, anomalous: 4, reviewed: 2, misses: 1 } },
  });
});
