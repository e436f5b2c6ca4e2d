import type { Calibration } from '@mint/detector';
import { expect, test } from 'vitest';
import { decisionsOf } from './index.js';

const calibration: Calibration = {
  normalScores: {},
  normalMaxima: {},
  alpha: 0.1,
  thresholds: { nut: { image: 2, pixel: 3 }, bolt: { image: 5, pixel: 6 } },
  heatScales: {},
  heatScale: [0, 1],
};
const picture = (className: string, label: 'normal' | 'anomalous', score: number, taken?: string) => ({
  sample: { id: 'x', className, classIndex: 0, split: 'test', label } as const,
  prediction: {
    anomalyMap: new Float32Array(1),
    score,
    ...(taken === undefined ? {} : { className: taken }),
  },
});

test('holds each picture against the limit of the class it is taken for, counts it in its own', () => {
  const { alpha, perClass } = decisionsOf(
    [
      picture('nut', 'normal', 2, 'nut'), // the limit itself is no alarm
      picture('nut', 'normal', 3, 'nut'),
      picture('nut', 'normal', 4, 'bolt'), // below the bolts' limit
      picture('nut', 'anomalous', 4, 'nut'),
      picture('nut', 'anomalous', 1, 'nut'),
      picture('nut', 'normal', 9, 'washer'), // a class without a limit
      picture('bolt', 'anomalous', 6),
    ],
    calibration,
  );
  expect(alpha).toBe(0.1);
  expect(perClass.nut).toEqual({
    normal: 3,
    falseAlarms: 1,
    falseAlarmRate95: [expect.closeTo(0.0615, 4), expect.closeTo(0.7923, 4)],
    anomalous: 2,
    misses: 1,
    undecided: 1,
  });
  expect(perClass.bolt).toEqual({ normal: 0, falseAlarms: 0, anomalous: 1, misses: 0, undecided: 0 });
});
